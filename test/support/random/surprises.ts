import type { Zitadel } from "../../../local/zitadel";
import { isWrite, type Operation } from "../../../local/zitadel/operations";
import type { Surprise } from "./steps";

/** Has happen what is planned just before the request of that number; gives whether the read model will miss what it does. */
export function surprise(
  zitadel: Zitadel,
  surprises: readonly Surprise[],
  number: number,
  operation: Operation,
): boolean {
  zitadel.readModel.loseNothing();
  let isLost = false;
  for (const { what } of surprises.filter(({ at }) => at === number)) {
    if (what === "tokens expire") zitadel.expireTokens();
    else if (what === "membership is lost") zitadel.owner.role = "none";
    else if (what === "membership is back") zitadel.owner.role = "IAM_OWNER";
    else if (isWrite(operation)) {
      zitadel.readModel.loseNext(operation);
      isLost = true;
    }
  }
  return isLost;
}

/** Takes back all that was done to the server for one command. */
export function calm(zitadel: Zitadel): void {
  zitadel.faults.clear();
  zitadel.readModel.loseNothing();
  zitadel.owner.role = "IAM_OWNER";
}
