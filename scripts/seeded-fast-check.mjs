// What specs get for `fast-check`: the same values in every run, so that a run fails for what was changed and not by chance.
// CANDOR_TEST_SEED takes another number; the long runs of `npm run fault` draw a new one each time.
import fc from '../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ seed: Number(process.env.CANDOR_TEST_SEED ?? 20_261_120) });

export * from '../node_modules/fast-check/lib/fast-check.js';
export default fc;
