import * as pulumi from "@pulumi/pulumi";

interface Inputs {
  receiver: string;
  key: string;
}

/** Sends a key to the receiver. When it returns, the receiver accepts deliveries that are signed with it. */
async function send(inputs: Inputs): Promise<Inputs> {
  const { status } = await fetch(`${inputs.receiver}/keys`, { method: "PUT", body: inputs.key });
  if (status !== 204) throw new Error(`the receiver answered ${status} to its new key`);
  return inputs;
}

/** Replace this with the way your receiver gets its keys: for example a secret store, and the roll-out after a change in it. */
export class ReceiverKey extends pulumi.dynamic.Resource {
  constructor(name: string, args: pulumi.Inputs & { [Key in keyof Inputs]: pulumi.Input<string> }) {
    const provider: pulumi.dynamic.ResourceProvider<Inputs, Inputs> = {
      create: async (inputs) => ({ id: name, outs: await send(inputs) }),
      update: async (_id, _old, inputs) => ({ outs: await send(inputs) }),
    };
    super(provider, name, args);
  }
}
