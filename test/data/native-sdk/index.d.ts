import * as pulumi from "@pulumi/pulumi";

type Arguments<Names extends string> = Readonly<Record<Names, pulumi.Input<unknown>>>;

export class Target extends pulumi.CustomResource {
  constructor(name: string, args: Arguments<"endpoint" | "timeout" | "restWebhook">);
  readonly signingKey: pulumi.Output<string>;
}
export class Execution extends pulumi.CustomResource {
  constructor(name: string, args: Arguments<"condition" | "targets">);
}
