// The program that Pulumi starts as the plugin `pulumi-resource-zitadel-actions`, with the engine's address.
import { fstatSync } from "node:fs";
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
    // The engine holds the other end of the standard input. If the engine dies, nothing else ends the plugin.
    const input = fstatSync(0);
    if (input.isFIFO() || input.isSocket()) process.stdin.on("end", end).resume().unref();
    console.log(port);
  });
}
