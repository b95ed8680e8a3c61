// Checks the import rules, and fails when nothing was looked at: a rule over zero modules holds always.
import { cruise } from 'dependency-cruiser';
import config from '../.dependency-cruiser.mjs';

const { output } = await cruise(['apps', 'libs', 'test'], {
  ruleSet: { forbidden: config.forbidden },
  validate: true,
  ...config.options,
});
for (const v of output.summary.violations) console.error(`${v.rule.name}: ${v.from} → ${v.to}`);
console.log(`${output.summary.totalCruised} modules, ${output.summary.violations.length} violations`);
if (output.summary.totalCruised === 0)
  console.error('no modules were seen: the import rules checked nothing');
process.exit(output.summary.violations.length > 0 || output.summary.totalCruised === 0 ? 1 : 0);
