// After all tests: removes what their files shared (test/support/build.js).
const { rmSync } = require("node:fs");

module.exports = () => rmSync(process.env.SHARED_FOLDER, { recursive: true, force: true, maxRetries: 3 });
