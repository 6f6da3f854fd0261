import { errorFor, howToInstall, type Peer } from "../provider/core/missing";

// The policy pack needs both of these, which are optional peer dependencies. So the pack loads this module before any other, for a
// message that says what to install.

for (const name of ["@pulumi/policy", "@pulumi/pulumi"] as const satisfies readonly Peer[]) {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import cannot be caught
    require(name);
  } catch (thrown) {
    const how = howToInstall(name, "in the folder of Pulumi.yaml", name === "@pulumi/policy" ? "--save-dev" : "");
    const error = errorFor(thrown, name, `The policy pack needs ${name}, which is not installed. ${how}`);
    if (error instanceof Error && error !== thrown) error.stack = error.message; // this is what Pulumi shows
    throw error;
  }
}
