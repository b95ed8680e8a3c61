import { afterAll, describe } from '@jest/globals';
import { keyAdministrationContract } from '../../../crypto/src/key-administration.contract.js';
import { keyServiceContract } from '../../../crypto/src/key-service.contract.js';
import { signingServiceContract } from '../../../crypto/src/signing-service.contract.js';
import { openKeyService, type OpenKeyService } from '../open-key-service.js';
import { keyServiceSettings } from '../settings.js';
import { fakeGoogle } from '../spec-kit/fake-google.js';

const google = fakeGoogle();
const open = () => Promise.resolve(google.open());
let ring: string | undefined;
keyServiceContract('Cloud KMS', open);
keyServiceContract('Cloud KMS in hardware', () =>
  Promise.resolve(google.open(google.kms.newRing({ hsm: true }))),
);
signingServiceContract('Cloud KMS', () => Promise.resolve(google.open((ring ??= google.kms.newRing()))));
keyAdministrationContract('Cloud KMS', open, { restores: true, now: () => google.now });

const given = (process.env['KMS_KEY_RING'] ?? '') !== '';
/** Needs a key ring and credentials. Generations are not touched: a destruction takes days, and is for ever. */
(given ? describe : describe.skip)('Google itself, in KMS_KEY_RING', () => {
  const opened: OpenKeyService[] = [];
  const real = async () => {
    const service = await openKeyService(keyServiceSettings(process.env));
    opened.push(service);
    return service;
  };
  afterAll(() => Promise.all(opened.map((service) => service.close())));
  keyServiceContract('Google', real);
  signingServiceContract('Google', real);
});
