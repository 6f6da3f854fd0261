import type * as Missing from "./missing";

// A program needs Pulumi's SDK, which is an optional peer dependency: a service that only receives deliveries does without it. So the
// main entry loads this module before any other, for a message that says what to install.

/* eslint-disable @typescript-eslint/no-require-imports -- an import cannot be caught */
try {
  require("@pulumi/pulumi");
} catch (error) {
  const { errorFor, howToInstall } = require("./missing") as typeof Missing;
  const how = howToInstall("@pulumi/pulumi", "in the folder of Pulumi.yaml");
  const message = `A program that uses pulumi-zitadel-actions needs @pulumi/pulumi 3.139 or later, which is not installed. ${how} A service that only receives deliveries does not need it: import "pulumi-zitadel-actions/webhook" there.`;
  throw errorFor(error, "@pulumi/pulumi", message);
}
