import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Open } from '../../edge/auth/requires.decorator.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { PUBLIC_KEYS } from '../../ports.js';

export class PublicKeyAnswer {
  @ApiProperty({ enum: ['tenant-logs', 'receipts'] })
  purpose!: 'tenant-logs' | 'receipts';

  @ApiProperty({
    description: 'What the key is named by: the prefix of every origin, or the kid of receipts.',
  })
  name!: string;

  @ApiProperty({
    description:
      'c2sp.org/signed-note. A tenant’s checkpoints are signed by this key under the log’s origin.',
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
