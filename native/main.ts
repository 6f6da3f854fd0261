// The program that Pulumi starts as the plugin `pulumi-resource-zitadel-actions`, with the engine's address.
import { isAddress } from "../provider/dynamic/engine";
import { serve } from "./server";

const address = process.argv.slice(2).find(isAddress);

if (address === undefined) {
  console.error(
    "This is the Pulumi provider zitadel-actions. Pulumi starts it by itself: run `pulumi up` in the folder of a program that uses the package zitadel-actions.",
  );
  process.exitCode = 1;
} else {
  void serve(address).then(({ port, end }) => {
    // So the engine ends a plugin when its command is done, and waits five seconds before it kills one that stays.
    process.on("SIGINT", end);
    console.log(port);
  });
}
