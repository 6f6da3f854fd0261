import * as pulumi from "@pulumi/pulumi";
import { ZitadelExecution, ZitadelTarget, ZitadelTargetPublicKey } from "pulumi-zitadel-actions";

/** What a product team sets for its receiver. The platform team decides everything else. */
export interface ProductHookArgs {
  /** The receiver's address, with https. ZITADEL calls `/events` and `/claims` below it. */
  endpoint: string;
  /** The groups of events that ZITADEL sends to `/events`, for example `user.human`. */
  events?: string[];
  /** The tokens to which `/claims` adds claims, and the team's key that encrypts what is sent there. */
  claims?: { functions: ("preaccesstoken" | "preuserinfo")[]; publicKey: pulumi.Input<string> };
  /** A new value here makes new signing keys. */
  rotation: string;
}

/** A product's targets, with their encryption key and their executions. */
export class ProductHook extends pulumi.ComponentResource {
  /** The keys with which the receiver checks signatures, by path. All of them are secrets. */
  readonly signingKeys: pulumi.Output<Record<string, string>>;
  /** The `kid` of the deliveries to `/claims`. */
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

  /** ZITADEL does not wait for the answer of a receiver of events. */
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

  /** A log-in waits for a receiver that adds claims. Only the receiver can read what it gets. */
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
