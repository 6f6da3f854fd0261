/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  // The compiler checks the types (`npm run types`); here they are only taken out. Dynamic imports stay imports: got and jose are ES modules.
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2023", parser: { syntax: "typescript" } },
        module: { type: "commonjs", ignoreDynamic: true },
      },
    ],
  },
  setupFilesAfterEnv: ["<rootDir>/test/support/search.ts"],
  testTimeout: 60_000,
};
