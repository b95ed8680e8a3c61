import { KeyManagementServiceClient } from '@google-cloud/kms';
import { credentials } from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';

/** Where Cloud KMS is asked. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Without TLS and credentials: loopback only. */
  readonly plaintext: boolean;
}

/** Reconnects within seconds after an outage, however long that was. */
const CHANNEL = { 'grpc.max_reconnect_backoff_ms': 2000 };

/** As Application Default Credentials say who this is, where the endpoint asks for it. Connects at the first call. */
export function newClient(endpoint: Endpoint | undefined): KeyManagementServiceClient {
  if (endpoint === undefined) return new KeyManagementServiceClient(CHANNEL);
  const { host, port, plaintext } = endpoint;
  if (!plaintext) return new KeyManagementServiceClient({ ...CHANNEL, apiEndpoint: host, port });
  return new KeyManagementServiceClient({
    ...CHANNEL,
    apiEndpoint: host,
    port,
    sslCreds: credentials.createInsecure(),
    // Otherwise the client would look for credentials, also on the network.
    authClient: new PassThroughClient(),
  });
}
