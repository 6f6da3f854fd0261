import { ApiClient, type ClientOptions } from "../api/client";
import type { Instance } from "../api/instance";
import { Ledger } from "./ledger";

/** The client of an instance, with the ledger of its server. */
export class Client extends ApiClient {
  readonly ledger: Ledger;

  constructor(
    instance: Instance,
    { ledger = new Ledger(), ...options }: Omit<ClientOptions, "server"> & { readonly ledger?: Ledger } = {},
  ) {
    super(instance, { ...options, server: ledger });
    this.ledger = ledger;
  }
}
