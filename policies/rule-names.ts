import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { closest } from "../provider/api/closest";

/**
 * Makes a configuration fail that names another rule than these. Pulumi sends such a name to the pack if it has a level, and
 * `@pulumi/policy` ignores it and tells no rule about it. So this looks at the message in which Pulumi sends the configuration.
 */
export function rejectUnknownRules(known: readonly string[]): void {
  const { configure } = AnalyzerService;
  const { requestDeserialize } = configure;
  configure.requestDeserialize = (bytes) => {
    const request = requestDeserialize(bytes);
    const names = Array.from(request.getPolicyconfigMap().keys() as unknown as Iterable<string>);
    const strange = names.find((name) => name !== "all" && !known.includes(name));
    if (strange !== undefined) {
      // `@pulumi/policy` passes an error on to Pulumi if it is thrown here, but not if it is thrown while the message is read.
      request.getPolicyconfigMap = () => {
        throw problemOf(strange, known);
      };
    }
    return request;
  };
}

function problemOf(strange: string, known: readonly string[]): Error {
  const [meant] = closest(strange, known);
  const hint = meant === undefined ? `The rules are ${known.join(", ")}.` : `Did you mean ${JSON.stringify(meant)}?`;
  const error = new Error(`The configuration has the unknown rule ${JSON.stringify(strange)}. ${hint}`);
  error.stack = error.message; // this is what Pulumi shows
  return error;
}
