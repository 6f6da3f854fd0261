import { Gate } from "./gate";

/** What all clients of one server share, whatever names the server has in the settings. */
export class Server {
  private readonly listings = new Map<string, unknown>();
  /** Limits the writes in flight. */
  readonly writes = new Gate();
  /** The server's clock minus ours, from its last answer; `-Infinity` if that had no date. */
  ahead = -Infinity;

  /** @param began when the process first used the server, on the clock's `now`. */
  constructor(readonly began = -Infinity) {}

  /** A list of the server's objects, created on first use. */
  listing<Listing>(name: string, make: () => Listing): Listing {
    const listing = (this.listings.get(name) ?? make()) as Listing;
    this.listings.set(name, listing);
    return listing;
  }
}
