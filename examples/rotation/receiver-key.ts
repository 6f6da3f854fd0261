import * as pulumi from "@pulumi/pulumi";

interface Inputs {
  receiver: string;
  key: string;
}

/** Hands a key to the receiver, and is done when the receiver checks with it too. */
async function send(inputs: Inputs): Promise<Inputs> {
  const { status } = await fetch(`${inputs.receiver}/keys`, { method: "PUT", body: inputs.key });
  if (status !== 204) throw new Error(`the receiver answered ${status} to its new key`);
  return inputs;
}

/** Stands for where your receiver's keys come from: a secret store, and the roll-out that follows a change in it. */
export class ReceiverKey extends pulumi.dynamic.Resource {
  constructor(name: string, args: pulumi.Inputs & { [Key in keyof Inputs]: pulumi.Input<string> }) {
    const provider: pulumi.dynamic.ResourceProvider<Inputs, Inputs> = {
      create: async (inputs) => ({ id: name, outs: await send(inputs) }),
      update: async (_id, _old, inputs) => ({ outs: await send(inputs) }),
    };
    super(provider, name, args);
  }
}
