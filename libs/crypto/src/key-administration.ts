/**
 * `enabled`: wraps and opens. `disabled`: does neither, until the key service's administrator enables it again.
 * `destroying`: does neither, and can be restored until `destroyAt`. `destroyed`: nothing opens what it wrapped.
 */
export type GenerationState = 'enabled' | 'disabled' | 'destroying' | 'destroyed';

export interface KeyGeneration {
  readonly generation: number;
  readonly state: GenerationState;
  /** When it is gone, or went; null while nothing is planned. */
  readonly destroyAt: Date | null;
}

/** The port to the life of generations, for those who administer them; whoever wraps and unwraps needs none of it. */
export interface KeyAdministration {
  /** Every generation there ever was, oldest first. @throws KeyServiceFault `unavailable` */
  generations(): Promise<readonly KeyGeneration[]>;

  /** How long a destruction takes from when it is scheduled, in milliseconds. @throws KeyServiceFault `unavailable` */
  destroyDelay(): Promise<number>;

  /** Adds a generation and makes it current. @returns its number @throws KeyServiceFault `unavailable` */
  addGeneration(): Promise<number>;

  /**
   * From now on the generation wraps and opens nothing; at `destroyAt` nobody can restore it. Asked again it answers
   * the same.
   * @throws KeyServiceFault `bad-request` for the current generation, `unknown-generation`, `unavailable`
   */
  scheduleDestruction(generation: number): Promise<{ readonly destroyAt: Date }>;

  /**
   * Takes a planned destruction back. One that is enabled stays so.
   * @throws KeyServiceFault `unknown-generation` when there is none, or no more; `unavailable`
   */
  restoreGeneration(generation: number): Promise<void>;
}
