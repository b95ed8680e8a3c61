"""The second implementation of formats v1 sections 1, 2, 3.1-3.3, 3.7 and 8.4 that computed the vectors beside it.

Run by hand: `python3 second.py check` computes every vector again and compares; `python3 second.py write` writes
them, and is for new files only, because vectors are never edited. Needs the package `cryptography` for AES.
It shares nothing with libs/crypto but the text of the formats.
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import struct
import sys
import unicodedata
import uuid

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = pathlib.Path(__file__).parent
K_ID, WK, S, K_SLOTS, K_BLIND = (bytes([n]) * 32 for n in (6, 5, 7, 9, 8))
SEED, NONCE, POSITION_KEY = bytes([10]) * 32, bytes([11]) * 12, bytes([12]) * 32
LOG = "0b8f1c52-3a6d-4e7f-9a10-2b3c4d5e6f70"
OTHER_LOG = "1b8f1c52-3a6d-4e7f-9a10-2b3c4d5e6f71"
KEY_ID = "6f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5b"
OTHER_KEY_ID = "7f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5c"
SUBJECT = "5e2d9c1a-7b4f-4c3d-8e2f-1a0b9c8d7e6f"


def H(x):
    return hashlib.sha256(x).digest()


def mac(key, x):
    return hmac.new(key, x, hashlib.sha256).digest()


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def uuid16(text):
    return uuid.UUID(text).bytes


def uuid8(x):
    n = int.from_bytes(x[:16], "big")
    n &= ~(0xF << 76) & ~(0x3 << 62)
    return str(uuid.UUID(int=n | (8 << 76) | (2 << 62)))


def b64(x):
    return base64.b64encode(x).decode()


def b64u(x):
    return base64.urlsafe_b64encode(x).decode().rstrip("=")


def jcs_text(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def jcs(value):
    return jcs_text(value).encode()


def leaf(entry):
    return H(b"\x00" + entry)


# JCS -----------------------------------------------------------------------------------------------------------------


def jcs_vectors():
    deep = lambda n: "[" * n + "]" * n
    accepted = [
        ("scalars", {"z": None, "a": True, "m": False, "n": 0}),
        ("largest and smallest integer", [9007199254740991, -9007199254740991]),
        ("escapes", "\u0000\b\t\n\u000b\f\r\u001f\"\\/\u007f\u0080\u2028\u2029"),
        ("astral characters stand as they are", "\U0001f600 \U00010000 \U0010ffff"),
        ("no normalisation", ["e\u0301", "\u00e9"]),
        ("no byte order mark is added or removed", "\ufeff"),
        ("names in order of code units, upper before lower", {"b": 1, "aa": 2, "aB": 3, "a": 4, "a1": 5}),
        ("longest name", {"a" * 64: 1}),
        ("names that JavaScript knows", {"constructor": 1, "toString": 2, "valueOf": 3}),
        ("commitment", {"x": {"$c": b64u(bytes(32)), "$k": KEY_ID}}),
        ("empty", [{}, [], ""]),
        ("sixteen levels", json.loads(deep(16))),
    ]
    refused = [
        ("duplicate name", b'{"a":1,"a":1}', "jcs.not-canonical"),
        ("duplicate name, deep", b'{"a":[{"b":1,"b":2}]}', "jcs.not-canonical"),
        ("integer-like name", b'{"1":1}', "jcs.name"),
        ("empty name", b'{"":1}', "jcs.name"),
        ("upper-case first letter", b'{"A":1}', "jcs.name"),
        ("underscore", b'{"a_b":1}', "jcs.name"),
        ("__proto__", b'{"__proto__":1}', "jcs.name"),
        ("name of 65", b'{"' + b"a" * 65 + b'":1}', "jcs.name"),
        ("not ASCII", '{"\u00e4":1}'.encode(), "jcs.name"),
        ("pointer outside of m", b'{"/body/a":1}', "jcs.name"),
        ("$c without $k", b'{"$c":""}', "jcs.name"),
        ("$k without $c", b'{"$k":""}', "jcs.name"),
        ("$c and $k not alone", b'{"$c":"","$k":"","a":1}', "jcs.name"),
        ("unsorted", b'{"b":1,"a":2}', "jcs.not-canonical"),
        ("$k before $c", b'{"$k":"","$c":""}', "jcs.not-canonical"),
        ("fraction", b"1.5", "jcs.number"),
        ("fraction of nothing", b"1.0", "jcs.not-canonical"),
        ("exponent", b"1e2", "jcs.not-canonical"),
        ("minus zero", b"[-0]", "jcs.number"),
        ("2^53", b"9007199254740992", "jcs.number"),
        ("-2^53", b"-9007199254740992", "jcs.number"),
        ("beyond a double", b"1e999", "jcs.number"),
        ("leading zero", b"01", "jcs.syntax"),
        ("plus", b"+1", "jcs.syntax"),
        ("lone high surrogate", b'"\\ud800"', "jcs.text"),
        ("lone low surrogate", b'"\\udc00x"', "jcs.text"),
        ("surrogate in a name", b'{"\\ud800":1}', "jcs.name"),
        ("surrogate in UTF-8", b'"\xed\xa0\x80"', "jcs.utf8"),
        ("overlong UTF-8", b'"\xc0\xaf"', "jcs.utf8"),
        ("truncated UTF-8", b'"\xe2\x82"', "jcs.utf8"),
        ("byte order mark", b'\xef\xbb\xbf"a"', "jcs.syntax"),
        ("space", b'{"a": 1}', "jcs.not-canonical"),
        ("leading newline", b"\n1", "jcs.not-canonical"),
        ("trailing newline", b"1\n", "jcs.not-canonical"),
        ("trailing bytes", b"1 2", "jcs.syntax"),
        ("nothing", b"", "jcs.syntax"),
        ("NaN", b"NaN", "jcs.syntax"),
        ("needless escape", b'"\\u0041"', "jcs.not-canonical"),
        ("escaped solidus", b'"\\/"', "jcs.not-canonical"),
        ("upper-case escape", b'"\\u001F"', "jcs.not-canonical"),
        ("escaped astral pair", b'"\\ud83d\\ude00"', "jcs.not-canonical"),
        ("escaped name", b'{"\\u0061":1}', "jcs.not-canonical"),
        ("raw control character", b'"\x01"', "jcs.syntax"),
        ("seventeen levels", deep(17).encode(), "jcs.nesting"),
        ("very deep", deep(2000).encode(), "jcs.nesting"),
    ]
    pointers = [
        ("pointers at the top", {"/body/to/0/name": "a", "/actor/name": None, "/source/ip": {"a": [1]}}, None),
        ("empty pointer", {"": 1}, "jcs.name"),
        ("a name that is no pointer", {"a": 1}, "jcs.name"),
        ("pointer below the top", {"/a": {"/b": 1}}, "jcs.name"),
        ("escaped pointer", {"/a~1b": 1}, "jcs.name"),
        ("index with leading zero", {"/a/00": 1}, "jcs.name"),
        ("commitment at the top", {"$c": "", "$k": ""}, "jcs.name"),
    ]
    return {
        "accepted": [{"note": n, "value": v, "bytes": jcs(v).hex()} for n, v in accepted],
        "refused": [{"note": n, "bytes": b.hex(), "code": c} for n, b, c in refused],
        "pointerNames": [
            {"note": n, "bytes": jcs(v).hex(), **({"code": c} if c else {"value": v})} for n, v, c in pointers
        ],
    }


# Entry ---------------------------------------------------------------------------------------------------------------


def base_entry(**changes):
    entry = {
        "v": 1,
        "log": LOG,
        "id": "2c4e6a80-1b3d-4f5a-8c7e-9d0b1a2c3e4f",
        "type": "tenant.member-invited",
        "schema": 1,
        "stream": f"members-{LOG}",
        "occurredAt": "2026-01-02T03:04:05.678Z",
        "recordedAt": "2026-01-02T03:04:05.679Z",
        "actor": {"kind": "user", "id": SUBJECT, "onBehalfOf": None, "name": None},
        "source": {"ip": field("/source/ip", "192.0.2.7"), "agent": None, "country": "NO"},
        "authorization": {"permission": "member:invite", "grant": None},
        "reason": None,
        "outcome": "success",
        "correlation": "3d5f7b91-2c4e-4a6b-9d8f-0e1c2b3d4f5a",
        "body": {
            "user": SUBJECT,
            "role": "member",
            "address": field("/body/address", "ada@example.com"),
            "name": field("/body/name", None),
            "tags": [field("/body/tags/0", ["a", "b"]), field("/body/tags/1", True)],
            "other": {"$c": b64u(H(b"other")), "$k": OTHER_KEY_ID},
        },
    }
    entry.update(changes)
    return {name: value for name, value in entry.items() if value != "absent"}


def entry_vectors():
    null_log = base_entry(
        log=None, type="log.slot-assigned", stream="slot-2", correlation=None, source=None, authorization=None,
        actor={"kind": "service", "id": SUBJECT, "onBehalfOf": None, "name": None}, body={"slot": 2, "log": LOG},
    )
    accepted = [("tenant's", base_entry()), ("bookkeeping", null_log)]
    refused = [
        ("a member too many", base_entry(extra=1)),
        ("a member missing", base_entry(reason="absent")),
        ("another version", base_entry(v=2)),
        ("schema 0", base_entry(schema=0)),
        ("log in upper case", base_entry(log=LOG.upper())),
        ("no id", base_entry(id=None)),
        ("time without milliseconds", base_entry(occurredAt="2026-01-02T03:04:05Z")),
        ("time with an offset", base_entry(occurredAt="2026-01-02T03:04:05.678+00:00")),
        ("a day that is none", base_entry(recordedAt="2026-02-30T03:04:05.678Z")),
        ("unknown outcome", base_entry(outcome="maybe")),
        ("unknown kind of actor", base_entry(actor={"kind": "robot", "id": SUBJECT, "onBehalfOf": None, "name": None})),
        ("actor without id", base_entry(actor={"kind": "user", "id": None, "onBehalfOf": None, "name": None})),
        ("actor with a member too many", base_entry(actor={"kind": "user", "id": SUBJECT, "onBehalfOf": None, "name": None, "age": 1})),
        ("actor's name in clear", base_entry(actor={"kind": "user", "id": SUBJECT, "onBehalfOf": None, "name": "Ada"})),
        ("ip in clear", base_entry(source={"ip": "192.0.2.7", "agent": None, "country": None})),
        ("country in lower case", base_entry(source={"ip": None, "agent": None, "country": "no"})),
        ("permission too long", base_entry(authorization={"permission": "p" * 65, "grant": None})),
        ("permission with a space", base_entry(authorization={"permission": "member invite", "grant": None})),
        ("reason not ASCII", base_entry(reason={"code": "\u00e4", "ticket": None})),
        ("body is a commitment", base_entry(body={"$c": b64u(H(b"other")), "$k": OTHER_KEY_ID})),
        ("body is a list", base_entry(body=[])),
    ]
    template = jcs_text(base_entry(body={"text": "@"}))
    before, after = template.split("@")
    if before.count("@") or len(template.split("@")) != 2:
        raise AssertionError("one place to fill")
    room = 61440 - len(before) - len(after)
    full = (before + "a" * room + after).encode()
    return {
        "accepted": [{"note": n, "entry": jcs_text(e), "leaf": leaf(jcs(e)).hex()} for n, e in accepted],
        "refused": [{"note": n, "entry": jcs_text(e), "code": "entry.shape"} for n, e in refused],
        "size": {
            "before": before, "fill": "a", "after": after,
            "accepted": {"times": room, "bytes": len(full), "leaf": leaf(full).hex()},
            "refused": {"times": room + 1, "bytes": len(full) + 1, "code": "entry.too-large"},
        },
    }


# Personal fields -----------------------------------------------------------------------------------------------------


def salt(p, seed=SEED):
    return mac(seed, b"candor-salt/v1\n" + p.encode())


def commit(p, value, seed=SEED):
    return H(b"candor-field/v1\n" + salt(p, seed) + u32(len(p.encode())) + p.encode() + jcs(value))


def field(p, value, key_id=KEY_ID, seed=SEED):
    return {"$c": b64u(commit(p, value, seed)), "$k": key_id}


def commitment_vectors():
    cases = [
        ("string", "/body/address", "ada@example.com"), ("boolean", "/body/flag", True), ("null", "/body/name", None),
        ("array", "/body/list", ["b", "a", 1]), ("object", "/body/x", {"b": 1, "a": None}),
        ("number", "/body/n", -9007199254740991), ("empty string", "/body/e", ""), ("not ASCII", "/body/u", "Zo\u00eb \U0001f600"),
        ("index in the pointer", "/body/tags/0", "a"),
    ]
    return {
        "seed": SEED.hex(),
        "keyId": KEY_ID,
        "cases": [
            {"note": n, "pointer": p, "value": v, "salt": salt(p).hex(), "c": commit(p, v).hex(), "field": field(p, v)}
            for n, p, v in cases
        ],
    }


def padded(content):
    step = 128 if len(content) <= 1024 else 1024
    return content + bytes(-len(content) % step)


def plaintext(values, seed=SEED):
    m = jcs(values)
    return b"\x01" + seed + u32(len(m)) + m


def seal_bytes(pt, leaf_hash, key=S, key_id=KEY_ID, version=b"\x01"):
    aad = b"candor-seal/v1\n" + uuid16(key_id) + leaf_hash
    return b64(version + NONCE + AESGCM(key).encrypt(NONCE, pt, aad))


def envelope_vectors():
    entry = base_entry()
    leaf_hash = leaf(jcs(entry))
    values = {
        "/source/ip": "192.0.2.7", "/body/address": "ada@example.com", "/body/name": None,
        "/body/tags/0": ["a", "b"], "/body/tags/1": True,
    }
    good = padded(plaintext(values))
    text = seal_bytes(good, leaf_hash)
    raw = base64.b64decode(text)
    less = {k: v for k, v in values.items() if k != "/body/name"}
    more = {**values, "/body/role": "member"}
    moved = {**less, "/body/names": None}
    m = jcs(values)
    damaged = m[:-1] + b" "
    spaced = json.dumps(values, sort_keys=True).encode()
    length = len(plaintext(values))
    tag = "opening"
    refused = [
        ("wrong leaf", seal_bytes(good, H(b"another entry")), tag),
        ("wrong key", seal_bytes(good, leaf_hash, key=bytes([1]) * 32), tag),
        ("wrong key id", seal_bytes(good, leaf_hash, key_id=OTHER_KEY_ID), tag),
        ("another version outside", seal_bytes(good, leaf_hash, version=b"\x02"), tag),
        ("another version inside", seal_bytes(b"\x02" + good[1:], leaf_hash), tag),
        ("padding not zero", seal_bytes(good[:-1] + b"\x01", leaf_hash), tag),
        ("padding missing", seal_bytes(good[:length], leaf_hash), tag),
        ("a block of padding too many", seal_bytes(good + bytes(128), leaf_hash), tag),
        ("length beyond the end", seal_bytes(good[:33] + u32(len(good)) + good[37:], leaf_hash), tag),
        ("length too short", seal_bytes(good[:33] + u32(len(m) - 1) + good[37:], leaf_hash), tag),
        ("m with whitespace", seal_bytes(padded(b"\x01" + SEED + u32(len(spaced)) + spaced), leaf_hash), tag),
        ("m damaged", seal_bytes(padded(b"\x01" + SEED + u32(len(m)) + damaged), leaf_hash), tag),
        ("m is a list", seal_bytes(padded(b"\x01" + SEED + u32(2) + b"[]"), leaf_hash), tag),
        ("m is empty", seal_bytes(padded(b"\x01" + SEED + u32(2) + b"{}"), leaf_hash), tag),
        ("m with a name that is no pointer", seal_bytes(padded(plaintext({"name": 1})), leaf_hash), tag),
        ("shorter than a header", seal_bytes(b"\x01" + SEED, leaf_hash), tag),
        ("one bit of the tag", b64(raw[:-1] + bytes([raw[-1] ^ 1])), tag),
        ("one bit of the nonce", b64(raw[:1] + bytes([raw[1] ^ 1]) + raw[2:]), tag),
        ("truncated", b64(raw[:-1]), tag),
        ("empty", "", tag),
        ("base64 without padding", text.rstrip("=") if text.endswith("=") else text + "=", tag),
        ("base64 with a newline", text + "\n", tag),
        ("missing pointer", seal_bytes(padded(plaintext(less)), leaf_hash), "check"),
        ("a pointer without commitment", seal_bytes(padded(plaintext(more)), leaf_hash), "check"),
        ("a value at another pointer", seal_bytes(padded(plaintext(moved)), leaf_hash), "check"),
        ("another value", seal_bytes(padded(plaintext({**values, "/body/name": "Eve"})), leaf_hash), "check"),
        ("another type", seal_bytes(padded(plaintext({**values, "/body/tags/1": "true"})), leaf_hash), "check"),
        ("another seed", seal_bytes(padded(plaintext(values, bytes(32))), leaf_hash), "check"),
    ]
    lengths = []
    for used in (127, 128, 129, 1023, 1024, 1025, 2048, 2049):
        overhead = len(plaintext({"/a": ""}))
        value = "x" * (used - overhead)
        lengths.append({"value": {"repeat": "x", "times": len(value)}, "used": used, "padded": len(padded(plaintext({"/a": value})))})
    return {
        "key": S.hex(), "keyId": KEY_ID, "seed": SEED.hex(), "nonce": NONCE.hex(),
        "entry": jcs_text(entry), "leaf": leaf_hash.hex(), "values": values, "plaintext": good.hex(), "envelope": text,
        "refused": [{"note": n, "envelope": e, "at": a, "code": "seal.broken"} for n, e, a in refused],
        "padding": {"pointer": "/a", "cases": lengths},
    }


# Keys ----------------------------------------------------------------------------------------------------------------


def wrap_vectors():
    box = lambda aad, key: (b"\x01" + NONCE + AESGCM(WK).encrypt(NONCE, key, aad)).hex()
    dek = lambda log, subject, key_id, g: b"candor-dek/v1\n" + uuid16(log) + uuid16(subject) + uuid16(key_id) + u32(g)
    sec = lambda log, name, g: b"candor-secret/v1\n" + uuid16(log) + name.encode() + b"\n" + u32(g)
    good = box(dek(LOG, SUBJECT, KEY_ID, 1), S)
    return {
        "wk": WK.hex(), "nonce": NONCE.hex(), "log": LOG, "subject": SUBJECT, "keyId": KEY_ID, "key": S.hex(),
        "wrappingKeyAad": [
            {"log": LOG, "generation": g, "aad": (b"candor-wk/v1\n" + uuid16(LOG) + u32(g)).hex()} for g in (1, 2**32 - 1)
        ],
        "dataKey": [{"generation": g, "aad": dek(LOG, SUBJECT, KEY_ID, g).hex(), "wrapped": box(dek(LOG, SUBJECT, KEY_ID, g), S)} for g in (1, 2)],
        "secret": [
            {"name": n, "generation": 1, "secret": k.hex(), "aad": sec(LOG, n, 1).hex(), "wrapped": box(sec(LOG, n, 1), k)}
            for n, k in (("K_id", K_ID), ("K_blind", K_BLIND), ("K_slots", K_SLOTS))
        ],
        "refused": [
            {"note": n, "wrapped": w, "code": "wrap.broken"}
            for n, w in (
                ("another log", box(dek(OTHER_LOG, SUBJECT, KEY_ID, 1), S)),
                ("another subject", box(dek(LOG, KEY_ID, KEY_ID, 1), S)),
                ("another key id", box(dek(LOG, SUBJECT, OTHER_KEY_ID, 1), S)),
                ("another generation", box(dek(LOG, SUBJECT, KEY_ID, 2), S)),
                ("another version", "02" + good[2:]),
                ("a secret in place of a key", box(sec(LOG, "K_id", 1), S)),
                ("not 32 bytes", box(dek(LOG, SUBJECT, KEY_ID, 1), S[:31])),
                ("one bit", good[:-1] + ("0" if good[-1] != "0" else "1")),
                ("truncated", good[:-2]),
                ("nothing", ""),
            )
        ],
    }


def generation_vectors():
    """The same key and the same secrets under two generations, as a rotation leaves them (3.1, 3.4)."""
    wks = {1: WK, 2: bytes([13]) * 32, 2**32 - 1: bytes([14]) * 32}
    box = lambda g, aad, key: (b"\x01" + NONCE + AESGCM(wks[g]).encrypt(NONCE, key, aad)).hex()
    dek = lambda g: b"candor-dek/v1\n" + uuid16(LOG) + uuid16(SUBJECT) + uuid16(KEY_ID) + u32(g)
    sec = lambda g, log, name: b"candor-secret/v1\n" + uuid16(log) + name.encode() + b"\n" + u32(g)
    names = (("K_id", K_ID), ("K_blind", K_BLIND), ("K_slots", K_SLOTS), ("K_position", POSITION_KEY), ("K_logsign", bytes([1]) * 32))
    good = box(2, sec(2, LOG, "K_id"), K_ID)
    return {
        "log": LOG, "subject": SUBJECT, "keyId": KEY_ID, "key": S.hex(), "nonce": NONCE.hex(),
        "generations": [
            {
                "generation": g, "wk": wk.hex(), "wkAad": (b"candor-wk/v1\n" + uuid16(LOG) + u32(g)).hex(),
                "dataKey": {"aad": dek(g).hex(), "wrapped": box(g, dek(g), S)},
                "secrets": [{"name": n, "secret": k.hex(), "aad": sec(g, LOG, n).hex(), "wrapped": box(g, sec(g, LOG, n), k)} for n, k in names],
            }
            for g, wk in wks.items()
        ],
        "refusedKeys": [
            {"note": n, "generation": g, "wrapped": w, "code": "wrap.broken"}
            for n, g, w in (
                ("the wrap of the generation before", 2, box(1, dek(1), S)),
                ("the wrap of the generation after", 1, box(2, dek(2), S)),
                ("the new wrapping key with the old additional data", 2, box(2, dek(1), S)),
                ("the old wrapping key with the new additional data", 2, box(1, dek(2), S)),
            )
        ],
        "refusedSecrets": [
            {"note": n, "generation": 2, "name": "K_id", "wrapped": w, "code": "wrap.broken"}
            for n, w in (
                ("another secret of the log", box(2, sec(2, LOG, "K_blind"), K_ID)),
                ("the secret of another log", box(2, sec(2, OTHER_LOG, "K_id"), K_ID)),
                ("the generation before", box(1, sec(1, LOG, "K_id"), K_ID)),
                ("a name without its end", box(2, sec(2, LOG, "K_id").replace(b"K_id\n", b"K_id"), K_ID)),
                ("a data key", box(2, dek(2), S)),
                ("another version", "02" + good[2:]),
                ("31 bytes", box(2, sec(2, LOG, "K_id"), K_ID[:31])),
                ("33 bytes", box(2, sec(2, LOG, "K_id"), K_ID + b"\x06")),
                ("one bit of the nonce", good[:2] + ("1" if good[2] == "0" else "0") + good[3:]),
                ("truncated", good[:-2]),
                ("nothing", ""),
            )
        ],
    }


def period_vectors():
    """3.7: the UTC month of recordedAt for classes up to a year, else its UTC year; a term counts from the period's end."""
    months = {"account": False, "access": False, "delivery": True, "reading": True}

    def period(name, at):
        return at[:7] if months[name] else at[:4]

    def end(text):
        year, _, month = text.partition("-")
        after = (int(year) + 1, 1) if not month else (int(year) + int(month) // 12, int(month) % 12 + 1)
        return datetime.datetime(*after, 1, tzinfo=datetime.timezone.utc)

    def stamp(time):
        return time.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (time.microsecond // 1000)

    times = ["2026-01-01T00:00:00.000Z", "2026-11-20T12:00:00.000Z", "2026-12-31T23:59:59.999Z", "2028-02-29T23:59:59.999Z"]
    lapses = []
    for text, days in (("2026-11", 30), ("2026-12", 1), ("2028-02", 366), ("2027-02", 183), ("2026", 365), ("2027", 3653)):
        at = end(text) + datetime.timedelta(days=days)
        before = at - datetime.timedelta(milliseconds=1)
        name = "delivery" if "-" in text else "account"
        if "-" in text:
            year, month = (int(x) for x in text.split("-"))
            previous = "%04d-%02d" % ((year - 1, 12) if month == 1 else (year, month - 1))
        else:
            previous = "%04d" % (int(text) - 1)
        lapses.append({"class": name, "period": text, "days": days, "at": stamp(at), "before": stamp(before), "previous": previous})
    return {
        "periods": [{"class": c, "recordedAt": t, "period": period(c, t)} for c in months for t in times],
        "lapses": lapses,
    }


def derive_vectors():
    d = lambda label, x: uuid8(mac(K_ID, label.encode() + x))
    request = ["user:" + SUBJECT, f"POST /v1/tenants/{LOG}/members", "first-\u00fc-1"]
    command = d("candor-command/v1\n", jcs(request))
    record = ["2c4e6a80-1b3d-4f5a-8c7e-9d0b1a2c3e4f", "mx1/4Abc/<m@example.com>"]
    return {
        "kId": K_ID.hex(),
        "uuid8": [{"x": x.hex(), "uuid": uuid8(x)} for x in (bytes(16), b"\xff" * 32, H(b"x"))],
        "command": [{"principal": request[0], "route": request[1], "idempotencyKey": request[2], "id": command}],
        "created": [{"command": command, "n": n, "id": d("candor-created/v1\n", uuid16(command) + u32(n))} for n in (0, 1, 4294967295)],
        "source": [
            {"reporter": record[0], "recordKey": record[1], "subjectId": s, "id": d("candor-source/v1\n", jcs([*record, s]))}
            for s in (SUBJECT, None)
        ],
        "record": [
            {"reporter": record[0], "recordKey": record[1], "subjectId": s, "lineKey": "line 7", "id": d("candor-record/v1\n", jcs([*record, s, "line 7"]))}
            for s in (SUBJECT, None)
        ],
        "reaction": [
            {"reactor": "coverage", "cause": KEY_ID, "n": n, "id": d("candor-reaction/v1\n", jcs(["coverage", KEY_ID, n]))} for n in (0, 1)
        ],
    }


def label(text):
    text = unicodedata.normalize("NFC", text.lower())
    return text if text.isascii() else "xn--" + text.encode("punycode").decode()


def lower_ascii(text):
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def normal(address):
    local, domain = unicodedata.normalize("NFC", address.strip(" ")).rsplit("@", 1)
    domain = lower_ascii(domain) if domain.startswith("[") else ".".join(label(part) for part in domain.split("."))
    return unicodedata.normalize("NFC", lower_ascii(local)) + "@" + domain


def blind_vectors():
    blind = lambda kind, value: mac(K_BLIND, f"candor-blind/v1\n{kind}\n{value}".encode()).hex()
    accepted = [
        ("plain", "ada@example.com"), ("upper case", "Ada.Lovelace@Example.COM"), ("spaces around", "  ada@example.com "),
        ("tag kept", "ada+x@example.com"), ("decomposed", "zoe\u0308@example.com"), ("composed", "zo\u00eb@example.com"),
        ("letters beyond ASCII keep their case", "\u00c4d\u00e4@example.com"),
        ("composes only after lower case", "H\u0331@example.com"), ("kelvin sign", "\u212a@example.com"),
        ("domain with umlaut", "ada@B\u00fccher.example"), ("A-label", "ada@xn--bcher-kva.example"),
        ("sharp s stays", "ada@stra\u00dfe.example"), ("quoted local part", '"Ada L"@example.com'),
        ("at sign in the local part", '"a@b"@example.com'), ("address literal", "ada@[IPv6:2001:DB8::1]"),
        ("underscore in the domain", "ada@mx_1.example"), ("one label", "root@localhost"),
    ]
    refused = [
        ("no at sign", "ada.example.com"), ("no local part", "@example.com"), ("no domain", "ada@"), ("nothing", ""),
        ("only spaces", "   "), ("space inside", "a da@example.com"), ("tab", "ada@example.com\t"), ("newline", "ada\n@example.com"),
        ("NUL", "ada\u0000@example.com"), ("angle brackets", "<ada@example.com>"), ("port", "ada@example.com:25"),
        ("path", "ada@example.com/x"), ("percent", "ada@ex%61mple.com"), ("empty label", "ada@a..b"), ("trailing dot", "ada@example.com."),
        ("bare IPv4 address", "ada@192.0.2.1"), ("number that is an IPv4 address", "ada@0x7f000001"), ("not a literal", "ada@[x y]"),
        ("label of 64", "ada@" + "a" * 64 + ".example"), ("domain of 254", "ada@" + ".".join(["a" * 62] * 4) + ".bb"),
        ("more than 512 bytes", "a" * 501 + "@example.com"),
    ]
    return {
        "kBlind": K_BLIND.hex(),
        "addresses": [
            {"note": n, "address": a, "normal": normal(a), "blind": {k: blind(k, normal(a)) for k in ("user", "recipient", "external")}}
            for n, a in accepted
        ],
        "ids": [{"kind": k, "value": SUBJECT, "blind": blind(k, SUBJECT)} for k in ("tenant", "employee", "external")],
        "refused": [{"note": n, "address": a, "code": "address.malformed"} for n, a in refused],
    }


WHITE_SPACE = set("\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}


def normal_name(name):
    text = "".join(" " if c in WHITE_SPACE else c for c in unicodedata.normalize("NFC", name))
    text = " ".join(part for part in text.split(" ") if part)
    return unicodedata.normalize("NFC", text.lower().upper().lower())


def name_vectors():
    accepted = [
        ("plain", "Ada Lovelace"), ("another case", "ADA lovelace"), ("spaces around and within", "  Ada \u00a0 Lovelace\u2003"),
        ("decomposed", "Zoe\u0308 Saldan\u0303a"), ("composed", "Zo\u00eb Salda\u00f1a"), ("sharp s", "Stra\u00dfer"),
        ("sharp s in upper case", "STRASSER"), ("capital sharp s", "STRA\u1e9eER"), ("final sigma", "\u03a3\u03c9\u03ba\u03c1\u03ac\u03c4\u03b7\u03c2"),
        ("sigma in upper case", "\u03a3\u03a9\u039a\u03a1\u0386\u03a4\u0397\u03a3"), ("dotless i", "I\u015f\u0131k"), ("I with a dot", "\u0130pek"),
        ("ligature", "\ufb01nn"), ("apostrophe and hyphen stay", "O\u2019Neill-Smith"), ("no case", "\u5f20\u4f1f"),
        ("composes only after lower case", "H\u0331ana"), ("astral", "\U00010400da"), ("an address is a name like any other", "Ada@Example.com"),
    ]
    refused = [
        ("nothing", ""), ("only spaces", " \u00a0\u3000 "), ("tab", "Ada\tLovelace"), ("newline", "Ada\nLovelace"), ("NUL", "Ada\u0000"),
        ("next line", "Ada\u0085Lovelace"), ("1,025 characters", "a" * 1025),
    ]
    return {
        "kBlind": K_BLIND.hex(),
        "names": [
            {"note": n, "name": a, "normal": normal_name(a), "blind": mac(K_BLIND, b"candor-name/v1\n" + normal_name(a).encode()).hex()}
            for n, a in accepted
        ],
        "refused": [{"note": n, "name": a, "code": "name.malformed"} for n, a in refused],
    }


# Log -----------------------------------------------------------------------------------------------------------------


def genesis_vectors():
    b32 = lambda x: base64.b32encode(x).decode().lower().rstrip("=")
    entry = jcs(base_entry(type="tenant.registered", stream=f"tenant-{LOG}", body={"slot": 2, "operator": "candor.example"}))
    return {
        "cases": [
            {"operator": o, "slot": s, "entry": entry.decode(), "origin": f"{o}/t/{s}-{b32(H(entry))}"}
            for o, s in (("candor.example", 2), ("candor.example/eu", 4294967295))
        ],
        "refused": [
            {"operator": o, "code": "origin.malformed"} for o in ("", "a b", "a+b", "a/", "/a", "a//b", "a\u00a0b", "a\nb", "a" * 201)
        ],
        "base32": [{"bytes": x.hex(), "text": b32(x)} for x in (b"", b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", H(b""))],
    }


def mth(d):
    if not d:
        return H(b"")
    if len(d) == 1:
        return leaf(d[0])
    k = 1
    while k * 2 < len(d):
        k *= 2
    return H(b"\x01" + mth(d[:k]) + mth(d[k:]))


def merkle_vectors():
    data = [f"entry {i}".encode() for i in range(9)]
    return {"entries": [d.hex() for d in data], "roots": [mth(data[:n]).hex() for n in range(10)]}


def slot_vectors():
    slot_key = lambda s: mac(K_SLOTS, b"candor-slot-key/v1\n" + u32(s))
    r = lambda s, e: mac(slot_key(s), b"candor-slot-blind/v1\n" + u64(e))
    return {
        "kSlots": K_SLOTS.hex(),
        "keys": [{"slot": s, "key": slot_key(s).hex()} for s in (0, 2, 4294967295)],
        "blinds": [{"slot": s, "epoch": str(e), "r": r(s, e).hex()} for s, e in ((2, 0), (2, 1), (1023, 2**64 - 1))],
    }


def position_vectors():
    def seal(n, log):
        encryptor = Cipher(algorithms.AES(POSITION_KEY), modes.ECB()).encryptor()
        return b64u(encryptor.update(u64(n) + uuid16(log)[8:]) + encryptor.finalize())

    good = seal(7, LOG)
    return {
        "key": POSITION_KEY.hex(),
        "accepted": [{"position": str(n), "log": l, "text": seal(n, l)} for n, l in ((0, LOG), (7, LOG), (2**64 - 1, OTHER_LOG))],
        "refused": [
            {"note": n, "log": LOG, "text": t}
            for n, t in (
                ("another log", seal(7, OTHER_LOG)), ("nothing", ""), ("padding", good + "=="), ("truncated", good[:-1]),
                ("longer", good + "A"), ("not base64url", "+" + good[1:]), ("trailing bits", good[:-1] + "R"),
                ("one bit", ("A" if good[0] != "A" else "B") + good[1:]),
            )
        ],
    }


VECTORS = {
    "jcs": jcs_vectors, "entry": entry_vectors, "commitment": commitment_vectors, "envelope": envelope_vectors,
    "wrap": wrap_vectors, "generation": generation_vectors, "derive": derive_vectors, "blind": blind_vectors, "name": name_vectors, "genesis": genesis_vectors,
    "merkle": merkle_vectors, "slot": slot_vectors, "position": position_vectors, "period": period_vectors,
}


def main(mode):
    wrong = []
    for name, make in VECTORS.items():
        path = HERE / f"{name}.json"
        text = json.dumps(make(), indent=1, ensure_ascii=True) + "\n"
        if mode == "write":
            if not path.exists():
                path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            wrong.append(name)
    if wrong:
        sys.exit(f"differ: {', '.join(wrong)}")
    print("all vectors compute again")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "check")
