import type { Type as Class } from '@nestjs/common';
import type { AccessLine, DeliveryLine, RecordLine } from '../line/line-schema.js';
import { AccessDto } from './access.dto.js';
import {
  AcceptedDto,
  AttemptedDto,
  DeferredDto,
  DeliveredDto,
  FailedDto,
  RelayedDto,
} from './delivery.dto.js';

/** The DTO of each type of record: it holds what a line of that type holds. */
type Forms<Line extends RecordLine> = { readonly [L in Line as L['type']]: Class<L> };

export const accessForms: Forms<AccessLine> = { 'access.data-accessed': AccessDto };

export const deliveryForms: Forms<DeliveryLine> = {
  'delivery.accepted': AcceptedDto,
  'delivery.attempted': AttemptedDto,
  'delivery.deferred': DeferredDto,
  'delivery.delivered': DeliveredDto,
  'delivery.relayed': RelayedDto,
  'delivery.failed': FailedDto,
};
