import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

/** What a product team says of its receiver; the platform team decides the rest. */
export interface ProductHookArgs {
  /** The receiver's address: over https, `/events` and `/claims` below it are called. */
  endpoint: string;
  /** The groups of events that are sent to `/events`, such as `user.human`. */
  events?: string[];
  /** The tokens that `/claims` adds claims to, encrypted with a key of the team. */
  claims?: { functions: ("preaccesstoken" | "preuserinfo")[]; publicKey: pulumi.Input<string> };
  /** Another value here makes new signing keys. */
  rotation: string;
}

/** A product's targets, with their key and what triggers them. */
export class ProductHook extends pulumi.ComponentResource {
  /** The keys that the receiver checks signatures with, by path: all are secrets. */
  readonly signingKeys: pulumi.Output<Record<string, string>>;
  /** The `kid` of what arrives at `/claims`. */
  readonly keyId: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProductHookArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:zitadel:ProductHook", name, {}, opts);
    if (!args.endpoint.startsWith("https://"))
      throw new pulumi.ResourceError("endpoint: a receiver is called over https", this, true);
    const keys: Record<string, pulumi.Output<string>> = {};
    this.keyId = pulumi.output(undefined);
    if (args.events !== undefined) keys["events"] = this.sendEvents(name, args, args.events);
    if (args.claims !== undefined) {
      const { signingKey, keyId } = this.askForClaims(name, args, args.claims);
      keys["claims"] = signingKey;
      this.keyId = keyId;
    }
    this.signingKeys = pulumi.secret(keys);
    this.registerOutputs({ signingKeys: this.signingKeys, keyId: this.keyId });
  }

  /** Nobody waits for a receiver of events. */
  private sendEvents(name: string, { endpoint, rotation }: ProductHookArgs, groups: string[]): pulumi.Output<string> {
    const parent = { parent: this };
    const target = new ZitadelTarget(
      `${name}-events`,
      { endpoint: `${endpoint}/events`, timeout: "10s", restAsync: {}, ...rotated(rotation) },
      parent,
    );
    for (const group of groups) {
      new ZitadelExecution(`${name}-${group}`, { condition: { event: { group } }, targets: [target.id] }, parent);
    }
    return target.signingKey;
  }

  /** Log-ins wait for a receiver that adds claims, and nobody else reads what it is sent. */
  private askForClaims(
    name: string,
    { endpoint, rotation }: ProductHookArgs,
    { functions, publicKey }: Required<ProductHookArgs>["claims"],
  ): { signingKey: pulumi.Output<string>; keyId: pulumi.Output<string> } {
    const target = new ZitadelTarget(
      `${name}-claims`,
      {
        endpoint: `${endpoint}/claims`,
        timeout: "3s",
        restCall: { interruptOnError: true },
        payloadType: "PAYLOAD_TYPE_JWE",
        ...rotated(rotation),
      },
      { parent: this },
    );
    const key = new ZitadelTargetPublicKey(`${name}-claims`, { targetId: target.id, publicKey }, { parent: this });
    for (const fn of functions) {
      new ZitadelExecution(
        `${name}-${fn}`,
        { condition: { function: { name: fn } }, targets: [target.id] },
        { parent: this, dependsOn: key },
      );
    }
    return { signingKey: target.signingKey, keyId: key.keyId };
  }
}

function rotated(rotation: string) {
  return { rotationTriggers: [rotation], rotationStrategy: "replace" as const };
}
