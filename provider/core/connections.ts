import { Client } from "./client";
import type { ClientOptions } from "../api/client";
import type { Caller } from "../settings/credentials";
import { type ConfigReader, program, readSettings, type Settings } from "../settings/sources";
import type { Warn } from "../settings/key-files";
import { hasCode, ZitadelError } from "../api/errors";
import { hostIn, identityOf, type Instance, routesIn } from "../api/instance";
import { isLoopback } from "../settings/proxy";
import { Ledger } from "./ledger";
import type { Neighbours } from "./neighbours";
import { systemClock } from "../api/retry";

/** The clients of a process: one for each instance, created when it is first used. */
export class Connections {
  private settings: Settings | undefined;
  private readonly clients = new Map<string | undefined, Client>();
  /** One for each server, independent of the server's names in the settings. */
  private readonly ledgers = new Set<Ledger>();

  /**
   * @param options of each client.
   * @param neighbours the other provider processes of this run.
   */
  constructor(
    private readonly options: Pick<ClientOptions, "stop" | "send" | "clock"> = {},
    private readonly neighbours?: () => Neighbours | undefined,
  ) {}

  /**
   * Reads the settings synchronously, because calls can arrive at once. Mistakes in them fail the resources that use them.
   *
   * @param warn is called once for each warning about the settings.
   */
  configure(
    config: ConfigReader,
    env: Readonly<Record<string, string | undefined>>,
    warn?: Warn,
    caller: Caller = program,
  ): void {
    if (this.settings !== undefined) return;
    this.settings = readSettings(config, env, caller);
    for (const warning of this.settings.warnings) warn?.(warning);
  }

  /** The clients for other servers, as far as the settings tell. */
  others({ ledger }: Client): readonly Client[] {
    return [...this.clients.values()].filter((client) => client.ledger !== ledger);
  }

  /** Why there cannot be a client for that instance, or `undefined` if there can. Sends nothing. */
  problem(instance: string | undefined): string | undefined {
    try {
      this.client(instance);
      return undefined;
    } catch (error) {
      if (hasCode(error, "settings")) return error.message;
      throw error;
    }
  }

  /** @throws {ZitadelError} with code `settings`. */
  client(instance: string | undefined): Client {
    const known = this.clients.get(instance);
    if (known !== undefined) return known;
    if (this.settings === undefined)
      throw new ZitadelError(
        "settings",
        "the provider was used before it was configured: install @pulumi/pulumi 3.139 or later in the program's folder, because older versions never configure it",
      );
    const settings = this.settings.instance(instance);
    const other = [...this.clients.values()].find((one) => isSameServer(one.instance, settings));
    const ledger = other?.ledger ?? this.ledgerOf(settings);
    const client = new Client(settings, { ledger, ...this.options });
    this.clients.set(instance, client);
    return client;
  }

  private ledgerOf(instance: Instance): Ledger {
    const began = (this.options.clock ?? systemClock).now();
    return new Ledger({ all: this.ledgers, began, server: identityOf(instance), neighbours: this.neighbours });
  }
}

/**
 * Whether two settings lead to the same server: at the same address, and by the same host. Another port of the host may be another
 * server if a gateway on this machine chooses by it, unless a header names the host without a port. At another address, even the
 * same host may be another server, such as a copy.
 */
function isSameServer(one: Instance, other: Instance): boolean {
  const [issuer, otherIssuer] = [new URL(one.issuer), new URL(other.issuer)];
  const hasNoPort = ({ headers }: Instance) => hostIn(headers)?.includes(":") === false;
  return (
    new URL(one.origin).host === new URL(other.origin).host &&
    issuer.hostname === otherIssuer.hostname &&
    routesIn(one.headers) === routesIn(other.headers) &&
    (issuer.host === otherIssuer.host || !isLoopback(issuer.hostname) || hasNoPort(one) || hasNoPort(other))
  );
}
