// Whether the server that the settings name has the objects of the state.
import type { Client } from "./client";
import { hasCode, sentence, ZitadelError } from "../api/errors";
import { differInAddress, identityOf } from "../api/instance";
import { isRecord } from "../api/json";
import { originIn, originKey } from "./hidden";
import { type Properties, unknown } from "./properties";
import { instanceIn, type Scope } from "./scope";

/** Knows on which server the objects of one type are. */
export class Places {
  constructor(private readonly scope: Scope) {}

  /** The hidden property of a state that says which server has the object. */
  mark(client: Client): Properties {
    return { [originKey]: identityOf(client.instance) };
  }

  /**
   * Where the object is, relative to the server that the settings name now: `here`; `moved` if it is the same server under
   * another host; `elsewhere` if the program requests another server. An instance may have several hosts.
   *
   * @throws {ZitadelError} if the settings name another server than before, and that server does not have the object.
   */
  async of(id: string, olds: Properties, inputs = olds): Promise<"here" | "moved" | "elsewhere"> {
    if (inputs["instance"] === unknown) return "elsewhere";
    const client = this.scope.client(inputs);
    const isRenamed = instanceIn(olds) !== instanceIn(inputs);
    const now = identityOf(client.instance);
    const origin = originIn(olds) ?? (isRenamed ? this.originOf(olds) : now) ?? "another host";
    if (origin === now) return "here";
    // Its address alone is no change: people and pipelines may each reach the instance at another one.
    const isSameHost = differInAddress(origin, now);
    const found = isSameHost ? "here" : "moved";
    const fact = `was ${origin}`;
    if (client.ledger.noted(fact)) return found;
    const object = this.scope.lifecycle.objectId(id, olds);
    const problem = await this.notHere(client, object, olds, origin);
    if (problem === undefined) {
      client.ledger.note(fact);
      if (!isSameHost)
        this.scope.log.info(`${origin} is now ${now}, the same instance under another host: it has ${object}.`);
      return found;
    }
    // While a name in the settings still leads to the old server, the object there can be deleted.
    if (isRenamed && this.originOf(olds) === (originIn(olds) ?? this.originOf(olds))) return "elsewhere";
    throw problem;
  }

  private originOf(properties: Properties): string | undefined {
    const isThere = this.scope.connections.problem(instanceIn(properties)) === undefined;
    return isThere ? identityOf(this.scope.client(properties).instance) : undefined;
  }

  /** The error that the server of the settings is not known to have the object; `undefined` if it has it. */
  private async notHere(
    client: Client,
    object: string,
    olds: Properties,
    origin: string,
  ): Promise<ZitadelError | undefined> {
    const { type } = this.scope.lifecycle;
    const call = { operation: `manage ${type}`, what: `managing ${type} ${object}` };
    try {
      const found = await this.scope.lifecycle.find(client, object);
      const isSame = found?.creationDate === olds["creationDate"] || found?.changeDate === olds["changeDate"];
      if (found !== undefined && isSame) return undefined;
    } catch (error) {
      const said = `it was deployed to ${origin}, and the address that the settings name now, ${identityOf(client.instance)}, ${outcomeOf(error)}`;
      return client.failed(call, "settings", said, hasCode(error, ...ofCredentials) ? correctTheCredential : waysOn);
    }
    const now = identityOf(client.instance);
    const said = `it was deployed to ${origin}, but the settings now name ${now}, which has no such object`;
    const hint = differInAddress(origin, now) ? `${ifDeleted}${waysOn}` : waysOn;
    return new ZitadelError("settings", sentence(call.what, said, hint), { operation: call.operation });
  }
}

const ifDeleted =
  "If both addresses lead to the same instance, the object was deleted: run `pulumi refresh --run-program` with the address before, or remove its entry (`pulumi state delete <its URN>`). ";

const waysOn =
  'If that address is wrong, correct it (`zitadel-actions:domain`, `port`, `externalDomain`) and run `pulumi up`: a refresh or destroy alone uses the settings that the last run stored. To move or copy the stack, or if the object was deleted or created by mistake, see "To another instance" in node_modules/pulumi-zitadel-actions/docs/migrating.md. It was not changed.';

const correctTheCredential =
  "Correct the address (`zitadel-actions:domain`, `port`, `externalDomain`), or the credential for it, and run `pulumi up`: a refresh or destroy alone uses the settings that the last run stored. It was not changed.";

/** Errors of a server that does not accept the credential: it may be the right one. */
const ofCredentials = ["unauthenticated", "no_membership", "forbidden"] as const;

/** How a question failed, in few words: the message about each resource has it. */
function outcomeOf(error: unknown): string {
  if (!(error instanceof ZitadelError)) throw error;
  const { cause, code, errorId, status } = error;
  const reason = isRecord(cause) ? cause["code"] : undefined;
  const detail = [errorId, reason, code].filter((part) => typeof part === "string");
  return `${status === undefined ? "could not be asked for it" : `answered ${status}`} (${detail.join(", ")})`;
}
