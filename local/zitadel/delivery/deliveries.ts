import { signatureOf } from "../../../webhook/testing/seal";
import { ApiError, goError } from "../errors";
import { applyAnswer, bodyOf } from "./answer";
import type { GoClient, Reply } from "./go-client";
import { GoError } from "./go-errors";
import { seal, type SigningKeySource } from "./seal";
import type { DeliveryTarget, Execution } from "./source";
import type { Subject } from "./subject";

/** A call of a target, or an attempt to call it. It never contains the signing key. */
export interface DeliveryRecord {
  /** The id of the execution that triggered it, such as `request/zitadel.session.v2.SessionService/ListSessions`. */
  readonly executionId: string;
  /** The id of the target. */
  readonly targetId: string;
  /** When it was called, by the server's clock. */
  readonly at: Date;
  /** The status of the receiver's answer, or `undefined` if there is no answer yet or never was one. */
  readonly status: number | undefined;
  /** Why it failed, whether or not that stopped a call. */
  readonly failure: string | undefined;
}

/** How many of the latest records are kept. */
const KEPT = 1000;

type OpenRecord = { -readonly [K in keyof DeliveryRecord]: DeliveryRecord[K] };

/** Calls targets, records the calls, and keeps track of those in the background. */
export class Deliveries {
  private readonly kept: OpenRecord[] = [];
  private readonly background = new Set<Promise<void>>();

  constructor(
    private readonly client: GoClient,
    private readonly signingKey: SigningKeySource,
    private readonly now: () => Date,
  ) {}

  get records(): readonly DeliveryRecord[] {
    return this.kept;
  }

  /**
   * Calls the targets of an execution in their order. Throws the failure of a target that interrupts. The failure of another
   * target ends only its own call.
   */
  async run({ id, targets }: Execution, subject: Subject, signingKey = this.signingKey): Promise<void> {
    for (const target of targets) {
      const record = this.open(id, target);
      try {
        await this.call(target, await seal(subject.payload(), target, signingKey), record, subject);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        record.failure = error.message;
        if (target.interruptOnError) throw error;
      }
    }
  }

  /** Runs work in the background. */
  inBackground(work: Promise<void>): void {
    const done = work.finally(() => this.background.delete(done));
    this.background.add(done);
  }

  /** Resolves when nothing runs in the background. */
  async idle(): Promise<void> {
    while (this.background.size > 0) await Promise.all(this.background);
  }

  /** Stops every delivery and closes the connections to receivers. */
  async stop(): Promise<void> {
    this.client.stop();
    await this.idle();
  }

  private async call(target: DeliveryTarget, body: string, record: OpenRecord, subject: Subject): Promise<void> {
    if (target.kind === "restAsync") this.inBackground(this.postUnheeded(target, body, record));
    else applyAnswer(target.kind, await this.post(target, body, record), subject);
  }

  private async postUnheeded(target: DeliveryTarget, body: string, record: OpenRecord): Promise<void> {
    try {
      bodyOf(await this.post(target, body, record));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      record.failure = error.message;
    }
  }

  private async post(target: DeliveryTarget, body: string, record: OpenRecord): Promise<Reply> {
    const signature = await signatureOf(body, target.signingKey, record.at);
    const headers = { "Content-Type": "application/json", "Zitadel-Signature": signature };
    try {
      const reply = await this.client.post(target.endpoint, { headers, body, timeout: target.timeout / 1_000_000 });
      record.status = reply.status;
      return reply;
    } catch (error) {
      throw error instanceof GoError ? goError(error.message) : error;
    }
  }

  private open(executionId: string, { id }: DeliveryTarget): OpenRecord {
    const record = { executionId, targetId: id, at: this.now(), status: undefined, failure: undefined };
    this.kept.push(record);
    if (this.kept.length > KEPT) this.kept.shift();
    return record;
  }
}
