import type * as pulumi from "@pulumi/pulumi";

/** The inputs of every resource. */
export interface InstanceArgs {
  /**
   * The instance to manage the object on: a name from `zitadel-actions:instances` in the stack configuration.
   *
   * @default the instance of `zitadel-actions:domain`
   * @change replaces the resource; the new one is created first. Another name of the same server changes nothing on the server
   * @fails at preview, if `zitadel-actions:instances` has no such name (`settings`)
   */
  instance?: pulumi.Input<string>;
}

/** What a resource's `get` needs to know, besides the id. Everything else is read. */
export interface GetState {
  /**
   * The instance to read from: a name from `zitadel-actions:instances`.
   *
   * @default the instance of `zitadel-actions:domain`
   */
  instance?: pulumi.Input<string>;
}
