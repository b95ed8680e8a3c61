/**
 * Does the work for every input, in order of the inputs, at most so many at a time. After the first failure nothing more
 * is begun, and it is thrown when what was under way has ended.
 */
export async function each<Input, Output>(
  inputs: readonly Input[],
  atOnce: number,
  work: (input: Input, index: number) => Promise<Output>,
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  const queue = inputs.entries();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, input] of queue) {
      if (failures.length > 0) return;
      try {
        outputs[index] = await work(input, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, inputs.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return outputs;
}
