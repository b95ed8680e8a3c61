import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Open } from '../../edge/auth/requires.decorator.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { PUBLIC_KEYS } from '../../ports.js';

export class PublicKeyAnswer {
  @ApiProperty({ enum: ['tenant-logs', 'receipts', 'anchor', 'witness'] })
  purpose!: 'tenant-logs' | 'receipts' | 'anchor' | 'witness';

  @ApiProperty({
    description:
      'What the key is named by: the prefix of every origin, the kid of receipts, the anchor log’s origin, or the name of a witness that the operator runs itself.',
  })
  name!: string;

  @ApiProperty({
    description:
      'c2sp.org/signed-note. A tenant’s checkpoints are signed by the key of tenant logs, under the log’s origin.',
  })
  vkey!: string;
}

export class PublicKeysAnswer {
  @ApiProperty({ type: [PublicKeyAnswer] })
  keys!: readonly PublicKeyAnswer[];
}

/** The keys that verify what is signed. Compare them with those that were given to you otherwise: trust comes from outside. */
@ApiTags('Verifiable log')
@Controller('v1/log/keys')
export class LogKeysController {
  constructor(@Inject(PUBLIC_KEYS) private readonly keys: readonly Answer<PublicKeyAnswer>[]) {}

  @Get()
  @Open()
  @ApiOperation({ summary: 'The public keys that verify checkpoints and receipts' })
  @ApiResponse({ status: 200, type: PublicKeysAnswer })
  read(): Answer<PublicKeysAnswer> {
    return { keys: this.keys };
  }
}
