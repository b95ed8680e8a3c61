export {
  BadKeyServiceSettings,
  KEY_SERVICE_VARIABLES,
  keyServiceSettings,
  type KeyServiceSettings,
} from './settings.js';
export { openKeyService, type OpenKeyService } from './open-key-service.js';
