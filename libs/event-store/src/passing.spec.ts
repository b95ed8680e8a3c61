import { expect, test } from '@jest/globals';
import { passing } from './passing.js';

test('time passes while the machine sleeps, and never goes back', () => {
  let [steady, wall] = [100, 1_000_000];
  const now = passing(
    () => steady,
    () => wall,
  );
  expect(now()).toBe(100);
  steady += 50;
  wall += 51;
  expect(now()).toBe(150);
  wall += 90_000_000;
  expect(now()).toBe(90_000_150);
  wall -= 90_000_000;
  steady += 10;
  expect(now()).toBe(90_000_160);
});
