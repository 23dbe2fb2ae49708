export default { test: { include: ["tests/samples/vitest.sample.mjs"] } };
