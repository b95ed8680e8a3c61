import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { cryptoCalls } from './crypto-calls.js';
import { Keys } from './key-ring.js';
import { StatusError } from './status-error.js';
import { versionCalls } from './version-calls.js';

const SERVICE = 'google.cloud.kms.v1.KeyManagementService';
const DAY = 86_400_000;

type Message = Readonly<Record<string, unknown>>;
/** Stands between a request and its answer. */
export type Intercept = (request: Message, answer: (request: Message) => Message) => Message;

export interface FakeKmsOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds between a planned destruction and the end. Default: 30 days, as with Google. */
  readonly destroyAfter?: number;
}

export interface RingOptions {
  /** Keys with the limits of a hardware module. */
  readonly hsm?: boolean;
  /** Whether there is a key that signs ML-DSA-44; by default there is. */
  readonly mlDsa?: boolean;
}

/**
 * Google Cloud KMS on the loopback interface, from the protocol definitions its client comes with: keys and versions with
 * their states, checksums both ways, limits and errors. What it does wrong, a spec has asked it for.
 */
export class FakeKms {
  /** How often each rpc was called. */
  readonly calls = new Map<string, number>();
  /** Milliseconds before each answer. */
  delay = 0;
  private readonly keys: Keys;
  private readonly handlers: Readonly<Record<string, (request: never) => Message>>;
  private readonly intercepts = new Map<string, Intercept[]>();
  private server: Server | undefined;
  private port = 0;
  private rings = 0;

  private constructor({ now = Date.now, destroyAfter = 30 * DAY }: FakeKmsOptions) {
    this.keys = new Keys(now, destroyAfter);
    this.handlers = { ...cryptoCalls(this.keys), ...versionCalls(this.keys) };
  }

  static async start(options: FakeKmsOptions = {}): Promise<FakeKms> {
    const kms = new FakeKms(options);
    await kms.up();
    return kms;
  }

  /** For `KMS_ENDPOINT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A ring with a KEK and signing keys under their default names. @returns its name, for `KMS_KEY_RING` */
  newRing({ hsm = false, mlDsa = true }: RingOptions = {}): string {
    const ring = `projects/fake/locations/global/keyRings/ring-${++this.rings}`;
    this.keys.add(`${ring}/cryptoKeys/kek`, 'GOOGLE_SYMMETRIC_ENCRYPTION', hsm);
    this.keys.add(`${ring}/cryptoKeys/anchor-ed25519`, 'EC_SIGN_ED25519', hsm);
    if (mlDsa) this.keys.add(`${ring}/cryptoKeys/anchor-ml-dsa-44`, 'PQ_SIGN_ML_DSA_44', hsm);
    return ring;
  }

  /** One more version of a signing key, as an administrator makes it. */
  addVersion(key: string): void {
    this.keys.addVersion(key);
  }

  /** What an administrator does to a version by its name. */
  setEnabled(version: string, enabled: boolean): void {
    this.keys.setEnabled(version, enabled);
  }

  /** Stands in the way of the next calls of an rpc, once each; several wait for their turn. */
  intercept(rpc: string, times: number, how: Intercept): void {
    const waiting = this.intercepts.get(rpc) ?? [];
    this.intercepts.set(rpc, [...waiting, ...Array<Intercept>(times).fill(how)]);
  }

  /** Answers the next calls of an rpc with a gRPC status. */
  fail(rpc: string, times: number, code: number, details = 'told to fail'): void {
    this.intercept(rpc, times, () => {
      throw new StatusError(code, details);
    });
  }

  /** Forgets what it was told, and counts from nothing. */
  reset(): void {
    this.intercepts.clear();
    this.calls.clear();
    this.delay = 0;
  }

  /** Answers again, where it did before. */
  async up(): Promise<void> {
    const server = new Server({ 'grpc.so_reuseport': 0 });
    server.addService(...this.service());
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    this.server = server;
  }

  /** Cannot be reached any more; its keys stay. */
  down(): void {
    this.server?.forceShutdown();
    this.server = undefined;
  }

  private service(): [ServiceDefinition, UntypedServiceImplementation] {
    const json: unknown = createRequire(import.meta.url)('@google-cloud/kms/build/protos/protos.json');
    const definitions = fromJSON(json as Parameters<typeof fromJSON>[0], {
      longs: String,
      enums: String,
      defaults: true,
    });
    const calls = Object.keys(this.handlers).map((rpc) => [rpc, this.unary(rpc)]);
    return [
      definitions[SERVICE] as ServiceDefinition,
      Object.fromEntries(calls) as UntypedServiceImplementation,
    ];
  }

  private unary(rpc: string): handleUnaryCall<Message, Message> {
    return (call, callback) => {
      this.answer(rpc, call.request).then(
        (answer) => {
          callback(null, answer);
        },
        (error: unknown) => {
          const status = error instanceof StatusError ? error : new StatusError(13, String(error));
          callback(Object.assign(new Error(status.details), { code: status.code, details: status.details }));
        },
      );
    };
  }

  private async answer(rpc: string, request: Message): Promise<Message> {
    this.calls.set(rpc, (this.calls.get(rpc) ?? 0) + 1);
    if (this.delay > 0) await sleep(this.delay, undefined, { ref: false });
    const handle = (asked: Message) => this.handlers[rpc]?.(asked as never) ?? {};
    const intercept = this.intercepts.get(rpc)?.shift();
    return intercept === undefined ? handle(request) : intercept(request, handle);
  }
}
