import { authenticate, storedAdvice, type TokenSource } from "./auth";
import type { Instance } from "./config";
import { oneLine, type Refusal, readRefusal, refused, sentence, ZitadelError } from "./errors";
import { connect, NoAnswer, type Send } from "./http";
import { isRecord, parseJson } from "./json";
import { Ledger } from "./ledger";
import { secretsOf, withoutSecrets } from "./redact";
import { type Clock, isUndecided, persist, type Persisted, systemClock } from "./retry";

/** One call of ZITADEL's API. */
export interface Call {
  /** What is done, for programs: `create target`. */
  readonly operation: string;
  /** What is done, for people, without the instance: `creating target "hook"`. */
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether it changes something: such calls are bounded in number. */
  readonly write: boolean;
  /** Whether it may be sent again when it is not known if it was carried out. */
  readonly repeatable: boolean;
}

/** What came of a call: its result, or ZITADEL's refusal. */
export type Reply = {
  /** Whether an earlier try of this call may have been carried out too. */
  readonly doubtful: boolean;
  /** The server's own clock at the answer, in milliseconds since 1970; it counts in whole seconds. */
  readonly date: number | undefined;
} & (
  | { readonly body: Readonly<Record<string, unknown>>; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly body?: undefined }
);

/** What all that talk to one server share, whatever name of `zitadel:instances` they know it by. */
export class Server {
  readonly ledger: Ledger;
  readonly writes = new Gate();
  /** Its clock less ours, as of its last answer. */
  ahead = -Infinity;

  /** @param ledgers those of the process's other servers. */
  constructor(ledgers?: Set<Ledger>) {
    this.ledger = new Ledger(ledgers);
  }
}

/** Talks to one instance: logs in, bounds the writes in flight, tries again where that is safe, and explains failures. */
export class Client {
  readonly instance: Instance;
  readonly clock: Clock;
  readonly ledger: Ledger;
  private readonly server: Server;
  private readonly send: Send;
  private readonly tokens: TokenSource;
  private readonly signal: AbortSignal | undefined;
  /** What no message may repeat, should the server or a proxy have sent it back. */
  private readonly secrets: Set<string>;

  constructor(instance: Instance, options: { send?: Send; clock?: Clock; signal?: AbortSignal; server?: Server } = {}) {
    this.instance = instance;
    this.server = options.server ?? new Server();
    this.ledger = this.server.ledger;
    this.clock = options.clock ?? systemClock;
    this.send = options.send ?? connect(instance);
    this.signal = options.signal;
    this.tokens = authenticate(instance, this.send, this.clock, this.signal);
    this.secrets = new Set(secretsOf(instance));
  }

  /** The server's own clock, in milliseconds since 1970; `-Infinity` before its first answer. Ours may be off by hours. */
  serverNow(): number {
    return this.server.ahead + this.clock.now();
  }

  /** @throws {ZitadelError} for anything but a success. */
  async call(call: Call): Promise<Readonly<Record<string, unknown>>> {
    const reply = await this.ask(call);
    if (reply.refusal !== undefined) throw this.refused(call, reply.refusal);
    return reply.body;
  }

  /** @throws {ZitadelError} where there was no usable answer; a refusal is returned, for those who know what it means. */
  async ask(call: Call): Promise<Reply> {
    const { answer, doubtful } = await this.exchange(call);
    const date = answer.headers["date"] === undefined ? Number.NaN : Date.parse(answer.headers["date"]);
    if (!Number.isNaN(date)) this.server.ahead = date - this.clock.now();
    const facts = { doubtful, date: Number.isNaN(date) ? undefined : date };
    const body = parseJson(answer.body);
    if (answer.status === 200 && isRecord(body)) return { ...facts, body };
    if (isUndecided(answer) && !call.repeatable) {
      throw this.failed(
        call,
        "unanswered",
        `a proxy answered ${answer.status}, so it is not known if it was done`,
        answer,
      );
    }
    if (answer.status < 400) {
      const said =
        answer.status < 300
          ? `something answered ${answer.status} without ZITADEL's JSON (a log-in page of a proxy?)`
          : `something answered ${answer.status}, a redirect${hostOf(this.redact(answer.headers["location"] ?? ""))}, which is never followed with a credential`;
      const hint =
        "Check `zitadel:domain`, `zitadel:port` and `zitadel:insecure`, and what stands in front of the server.";
      throw this.failed(call, "unexpected_answer", said, { status: answer.status, doubtful }, hint);
    }
    const refusal = readRefusal(answer.status, body, (text) => this.redact(text));
    // An execution on the response stops the call when the work is done; nor does a 500 say how far the server came.
    const isOpen = isUndecided(answer) || (call.write && (refusal.code === "interrupted" || answer.status === 500));
    return { ...facts, refusal: { ...refusal, doubtful: doubtful || isOpen } };
  }

  /** The error for a refusal that nothing else explains better. */
  refused(call: Call, refusal: Refusal, extra = ""): ZitadelError {
    const stored = refusal.code === "unauthenticated" ? storedAdvice(this.instance) : "";
    const hint = extra === "" ? stored : extra;
    return refused(this.act(call), call.operation, refusal, this.redact(hint));
  }

  /** An error of this call that is no refusal. */
  failed(
    call: Pick<Call, "operation" | "what">,
    code: ConstructorParameters<typeof ZitadelError>[0],
    said: string,
    facts: { status?: number; doubtful?: boolean; cause?: { code: string; message: string } } = {},
    hint = "",
  ): ZitadelError {
    return new ZitadelError(code, sentence(this.act(call), this.redact(said), this.redact(hint)), {
      status: facts.status,
      operation: call.operation,
      doubtful: facts.doubtful,
      cause: facts.cause,
    });
  }

  /** What a call does, where, in words of bounded length: names and ids can be long, and may come from the server. */
  private act({ what }: Pick<Call, "what">): string {
    return `${oneLine(this.redact(what), 200)} on ${this.instance.origin}`;
  }

  private redact(text: string): string {
    return withoutSecrets(text, this.secrets);
  }

  private async exchange(call: Call): Promise<Persisted> {
    try {
      const token = await this.tokens.token();
      const first = await this.persist(call, token);
      if (first.answer.status !== 401) return first;
      const other = await this.tokens.renew(token);
      if (other === undefined) return first;
      const second = await this.persist(call, other);
      return { answer: second.answer, doubtful: first.doubtful || second.doubtful };
    } catch (error) {
      throw error instanceof NoAnswer ? this.explained(call, error) : error;
    }
  }

  private persist(call: Call, token: string): Promise<Persisted> {
    this.secrets.add(token);
    const request = {
      method: call.method,
      path: call.path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(call.body !== undefined && { "content-type": "application/json" }),
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
    };
    const send = () => this.send(request, this.signal);
    return persist(call.write ? () => this.server.writes.pass(this.instance.maxConcurrentWrites, send) : send, {
      repeatable: call.repeatable,
      clock: this.clock,
      signal: this.signal,
    });
  }

  private explained(call: Call, { kind, code }: NoAnswer): ZitadelError {
    const facts = { cause: { code, message: `no answer (${code})` } };
    switch (kind) {
      case "unsent":
        return this.failed(
          call,
          "unreachable",
          `no connection (${code})`,
          facts,
          "Check `zitadel:domain`, `zitadel:port`, the network and HTTPS_PROXY. Nothing was sent.",
        );
      case "untrusted":
        return this.failed(
          call,
          "unreachable",
          `the connection could not be secured (${code})`,
          facts,
          "For a private certificate authority run `pulumi config set zitadel:caCertificateFile <file>`; for a server without TLS `pulumi config set zitadel:insecure true`. Nothing was sent.",
        );
      case "cancelled":
        return this.failed(call, "cancelled", "it was cancelled", facts);
      case "oversized":
        if (!call.write) {
          const hint = "Check `zitadel:domain` and `zitadel:port`, and what stands in front of the server.";
          return this.failed(
            call,
            "unexpected_answer",
            `more came than any answer of ZITADEL's (${code})`,
            facts,
            hint,
          );
        }
        return this.unheard(call, code, facts);
      case "unanswered":
        return this.unheard(call, code, facts);
    }
  }

  private unheard(call: Call, code: string, facts: { cause: { code: string; message: string } }): ZitadelError {
    const said = `no whole answer came (${code}), so it is not known if it was done`;
    return this.failed(call, "unanswered", said, facts, "Run the same command again: it finds out.");
  }
}

/** Lets so many through at a time, in the order in which they came. */
class Gate {
  private passing = 0;
  private readonly waiting: { readonly most: number; readonly go: () => void }[] = [];

  async pass<T>(most: number, act: () => Promise<T>): Promise<T> {
    if (this.waiting.length === 0 && this.passing < most) this.passing++;
    else await new Promise<void>((go) => this.waiting.push({ most, go }));
    try {
      return await act();
    } finally {
      this.passing--;
      this.next();
    }
  }

  private next(): void {
    for (let first = this.waiting[0]; first !== undefined && this.passing < first.most; first = this.waiting[0]) {
      this.passing++;
      this.waiting.shift();
      first.go();
    }
  }
}

function hostOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? ` to ${new URL(location).host}` : "";
}
