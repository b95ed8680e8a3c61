import { Controller, Get, Header, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { FormatFault } from '@candor/crypto';
import { type EntriesTile, hasTile, parseTilePath, type Tile } from '@candor/crypto/tlog';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../edge/auth/requires.decorator.js';
import { Problem } from '../edge/problem/problem.js';
import { ANCHOR_FILES } from '../ports.js';
import type { AnchorFiles } from './anchor-files.js';
import { validated } from './validated.js';

const NOTE = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
/** What was published once never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_NOW = 'public, max-age=5';

/** An epoch number: decimal, without leading zero, small enough to be exact. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;

/**
 * The anchor log as anyone may read it: c2sp.org/tlog-tiles, and of each epoch its slots and its first checkpoint (formats
 * v1 §5.4–5.6). Nothing is served of it that no quorum has seen.
 */
@ApiTags('Anchor log')
@Controller('v1/anchor')
export class AnchorController {
  constructor(@Inject(ANCHOR_FILES) private readonly files: AnchorFiles) {}

  @Get('checkpoint')
  @Open()
  @Header('Content-Type', NOTE)
  @Header('Cache-Control', FOR_NOW)
  @ApiProduces(NOTE)
  @ApiOperation({ summary: 'The newest checkpoint of the anchor log, with its cosignatures' })
  async checkpoint(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return validated(request, reply, required((await this.files.published())?.note));
  }

  @Get('tile/*')
  @Open()
  @Header('Content-Type', BYTES)
  @Header('Cache-Control', FOR_EVER)
  @ApiProduces(BYTES)
  @ApiParam({
    name: 'path',
    type: String,
    description: '`<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, of c2sp.org/tlog-tiles',
  })
  @ApiOperation({ summary: 'A tile of the anchor log: hashes, or entries' })
  async tile(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const { '*': path } = request.params as { readonly '*': string };
    return validated(request, reply, await this.tileAt(path));
  }

  private async tileAt(path: string): Promise<Buffer> {
    const tile = tileAt(`tile/${path}`);
    const size = ((await this.files.published())?.epoch ?? -1) + 1;
    if (tile.level === 'entries') {
      if (!hasTile({ ...tile, level: 0 }, size)) throw Problem.of('anchor.unknown');
      return this.files.entries(tile);
    }
    const hashes = { ...tile, level: tile.level };
    if (!hasTile(hashes, size)) throw Problem.of('anchor.unknown');
    return this.files.hashes(hashes);
  }

  @Get('epochs/:epoch/slots')
  @Open()
  @Header('Content-Type', BYTES)
  @Header('Cache-Control', FOR_EVER)
  @ApiProduces(BYTES)
  @ApiOperation({
    summary: 'The leaf hashes of all slots of an epoch, 32 bytes each: a slot’s key opens its own',
  })
  async slots(
    @Param('epoch') number: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const epoch = await this.publishedEpoch(number);
    return validated(request, reply, required(await this.files.slots(epoch)));
  }

  @Get('epochs/:epoch/checkpoint')
  @Open()
  @Header('Content-Type', NOTE)
  @Header('Cache-Control', FOR_EVER)
  @ApiProduces(NOTE)
  @ApiOperation({
    summary:
      'The first checkpoint that ended with this epoch and had its quorum; 404 where a later one had it first',
  })
  async epochCheckpoint(
    @Param('epoch') number: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const epoch = await this.publishedEpoch(number);
    return validated(request, reply, required(await this.files.noteOf(epoch)));
  }

  private async publishedEpoch(number: string): Promise<number> {
    const epoch = epochNumber(number);
    if (epoch > ((await this.files.published())?.epoch ?? -1)) throw Problem.of('anchor.unknown');
    return epoch;
  }
}

function tileAt(path: string): Tile | (EntriesTile & { readonly level: 'entries' }) {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (error instanceof FormatFault) throw Problem.of('anchor.unknown');
    throw error;
  }
}

function epochNumber(text: string): number {
  if (!NUMBER.test(text)) throw Problem.of('anchor.unknown');
  return Number(text);
}

function required<T>(found: T | undefined): T {
  if (found === undefined) throw Problem.of('anchor.unknown');
  return found;
}
