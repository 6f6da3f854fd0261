import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Zitadel } from "../../../local/zitadel";
import type { Meddled } from "./meddle";
import { type Interrupted, interruptible } from "./steps";

const service = "zitadel.action.v2.ActionService";

/** A port on which no process listens. */
const unreachable = "http://127.0.0.1:1/";

let failing: Promise<string> | undefined;

/** A receiver that answers everything with 500. */
function failingReceiver(): Promise<string> {
  failing ??= new Promise((resolve) => {
    const server = createServer((_, response) => response.writeHead(500).end());
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
    server.unref();
  });
  return failing;
}

/**
 * Sets an execution on the response of ZITADEL's own API for actions, with a target that fails and interrupts. ZITADEL then carries out
 * such calls and answers them with an error. Returns a function that removes the execution.
 */
export async function interrupt(
  zitadel: Zitadel,
  { method, isUnreachable }: Interrupted,
  { strangers }: Meddled,
): Promise<() => void> {
  const endpoint = isUnreachable ? unreachable : await failingReceiver();
  const name = `interrupting-${strangers.size}`;
  const target = { name, endpoint, timeout: "10s", restWebhook: { interruptOnError: true } };
  const { id } = zitadel.add(target);
  const word = interruptible[method];
  const response = word === undefined ? { service } : { method: `/${service}/${word}` };
  zitadel.setExecution({ response }, [id]);
  strangers.add(id).add(`response/${service}${word === undefined ? "" : `/${word}`}`);
  return () => {
    zitadel.setExecution({ response }, []);
    zitadel.remove(id);
  };
}
