/** Of what a test draws: different every time, and repeatable as `HEED_SEED=… npm test`. Put it into the names of tests, so that a failure tells it. */
export const seed = Number(process.env["HEED_SEED"] ?? Date.now() % 100_000);
