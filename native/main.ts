// The program that Pulumi starts as the plugin `pulumi-resource-zitadel-actions`, with the engine's address.
import { isAddress } from "./log";
import { serve } from "./server";

const address = process.argv.slice(2).find(isAddress);

if (address === undefined) {
  console.error(
    "This is the Pulumi provider zitadel-actions. Pulumi starts it by itself: run `pulumi up` in the folder of a program that uses the package zitadel-actions.",
  );
  process.exitCode = 1;
} else {
  // The engine cancels operations over gRPC: a Ctrl-C in the terminal goes to this process too.
  process.on("SIGINT", () => undefined);
  void serve(address).then(({ port }) => console.log(port));
}
