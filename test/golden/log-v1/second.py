"""The second implementation of formats v1 sections 4 to 8 that computed the vectors beside it.

Run by hand: `python3 second.py check` computes every vector again and compares; `python3 second.py write` writes
them, and is for new files only, because vectors are never edited. Needs the package `cryptography` for signatures.
It shares nothing with libs/crypto but the text of the formats, RFC 6962 and the C2SP pages.
ML-DSA signatures are random: they are kept in mldsa.json, and checked here instead of made again.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa

HERE = pathlib.Path(__file__).parent
LOG_SEED, WITNESS_SEED, ANCHOR_SEED = (bytes([n]) * 32 for n in (1, 2, 3))


def H(x):
    return hashlib.sha256(x).digest()


def mac(key, x):
    return hmac.new(key, x, hashlib.sha256).digest()


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def b64(x):
    return base64.b64encode(x).decode()


def b64u(x):
    return base64.urlsafe_b64encode(x).decode().rstrip("=")


def leaf(entry):
    return H(b"\x00" + entry)


def node(left, right):
    return H(b"\x01" + left + right)


# Trees, by the definitions of RFC 6962 2.1 over leaf hashes -----------------------------------------------------------


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if not d:
        return H(b"")
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return node(mth(d[:k]), mth(d[k:]))


def path(m, d):
    if len(d) <= 1:
        return []
    k = split(len(d))
    return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]


def subproof(m, d, b):
    if m == len(d):
        return [] if b else [mth(d)]
    k = split(len(d))
    if m <= k:
        return subproof(m, d[:k], b) + [mth(d[k:])]
    return subproof(m - k, d[k:], False) + [mth(d[:k])]


def tree_vectors():
    data = [f"entry {i}".encode() for i in range(9)]
    leaves = [leaf(x) for x in data]
    return {
        "entries": [x.hex() for x in data],
        "roots": [mth(leaves[:n]).hex() for n in range(10)],
        "inclusion": [
            {"index": m, "size": n, "proof": [h.hex() for h in path(m, leaves[:n])]} for n in range(1, 10) for m in range(n)
        ],
        "consistency": [
            {"from": m, "to": n, "proof": [h.hex() for h in subproof(m, leaves[:n], True)]}
            for n in range(1, 10)
            for m in range(1, n + 1)
        ],
    }


# Notes ---------------------------------------------------------------------------------------------------------------


def public(seed):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed, message):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def key_id(name, kind, key):
    return H(name.encode() + b"\n" + bytes([kind]) + key)[:4]


def vkey(name, kind, key):
    return f"{name}+{key_id(name, kind, key).hex()}+{b64(bytes([kind]) + key)}"


def line(name, kind, key, payload):
    return f"\u2014 {name} {b64(key_id(name, kind, key) + payload)}\n"


def log_line(name, seed, text):
    return line(name, 1, public(seed), sign(seed, text.encode()))


def cosign_line(name, seed, time, text):
    return line(name, 4, public(seed), u64(time) + sign(seed, f"cosignature/v1\ntime {time}\n{text}".encode()))


def checkpoint(origin, leaves):
    return f"{origin}\n{len(leaves)}\n{b64(mth(leaves))}\n"


def note_vectors():
    foo_text = "This is an example message.\n"
    foo_line = "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    foo = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    origin, witness = "audit.example.com/t/k3v9", "witness.example.org/w1"
    leaves = [leaf(f"event-{i}".encode()) for i in range(5)]
    text = checkpoint(origin, leaves)
    own, co = log_line(origin, LOG_SEED, text), cosign_line(witness, WITNESS_SEED, 1800000000, text)
    other = log_line("example.com/other", ANCHOR_SEED, text)
    flipped = own[:-10] + ("A" if own[-10] != "A" else "B") + own[-9:]
    moved = text.replace("\n5\n", "\n6\n")
    keys = [vkey(origin, 1, public(LOG_SEED)), vkey(witness, 4, public(WITNESS_SEED))]
    n = "note.malformed"
    return {
        "seeds": {"log": LOG_SEED.hex(), "witness": WITNESS_SEED.hex()},
        "origin": origin, "witness": witness, "time": 1800000000, "vkeys": keys,
        "entries": [f"event-{i}" for i in range(5)],
        "text": text, "note": text + "\n" + own + co,
        "accepted": [
            {"note": "the example of signed-note", "vkeys": [foo], "text": foo_text, "signed": foo_text + "\n" + foo_line, "verified": [["example.com/foo", None]]},
            {"note": "a log's and a witness's", "vkeys": keys, "text": text, "signed": text + "\n" + own + co, "verified": [[origin, None], [witness, 1800000000]]},
            {"note": "an unknown key is passed over", "vkeys": keys[:1], "text": text, "signed": text + "\n" + other + own + co, "verified": [[origin, None]]},
            {"note": "a blank line in the text", "vkeys": keys[:1], "text": "a\n\nb\n", "signed": "a\n\nb\n\n" + log_line(origin, LOG_SEED, "a\n\nb\n"), "verified": [[origin, None]]},
            {"note": "the same name with another key is unknown", "vkeys": keys[:1], "text": text, "signed": text + "\n" + log_line(origin, ANCHOR_SEED, text) + own, "verified": [[origin, None]]},
        ],
        "refused": [
            {"note": a, "vkeys": k, "signed": s, "code": c}
            for a, k, s, c in (
                ("no known key", [foo], text + "\n" + own, "note.unsigned"),
                ("no signature", keys, text + "\n", "note.unsigned"),
                ("one bit of the signature", keys, text + "\n" + flipped, "note.signature"),
                ("another text", keys, moved + "\n" + own, "note.signature"),
                ("the log's holds, the witness's is over another text", keys, moved + "\n" + log_line(origin, LOG_SEED, moved) + co, "note.signature"),
                ("one key twice", keys, text + "\n" + own + own, "note.signature"),
                ("a longer signature", keys, text + "\n" + line(origin, 1, public(LOG_SEED), sign(LOG_SEED, text.encode()) + b"\0"), "note.signature"),
                ("a cosignature without time", keys, text + "\n" + own + line(witness, 4, public(WITNESS_SEED), sign(WITNESS_SEED, text.encode())), "note.signature"),
                ("no blank line", keys, text + own, n),
                ("no last newline", keys, text + "\n" + own[:-1], n),
                ("a hyphen in place of the dash", keys, text + "\n" + own.replace("\u2014", "-"), n),
                ("two spaces", keys, text + "\n" + own.replace(" ", "  ", 1), n),
                ("base64 without padding", keys, text + "\n" + own.replace("=", ""), "encoding.malformed"),
                ("a carriage return", keys, text.replace("\n", "\r\n") + "\n" + own, n),
                ("a tab in the text", keys, "a\tb\n\n" + own, n),
                ("65 signatures", keys, text + "\n" + other * 65, "note.too-large"),
                ("nothing", keys, "", n),
            )
        ],
        "badVkeys": [
            {"vkey": v, "code": c}
            for v, c in (
                ("", "vkey.malformed"), (foo.replace("530d903a", "530D903A"), "vkey.malformed"), (foo.replace("530d903a", "530d903b"), "vkey.id"),
                (foo.replace("foo+", "bar+"), "vkey.id"), (foo.replace("com/", "com /"), "vkey.malformed"), (foo[:-4], "vkey.malformed"),
                (vkey("a", 2, public(LOG_SEED)), "vkey.type"), (vkey("a", 6, public(LOG_SEED)), "vkey.malformed"), (foo + "=", "encoding.malformed"),
            )
        ],
        "badCheckpoints": [
            {"text": t, "code": c}
            for t, c in (
                (text + "extension\n", "checkpoint.malformed"), (text[:-1], "checkpoint.malformed"), (text.replace("\n5\n", "\n05\n"), "checkpoint.malformed"),
                (text.replace("\n5\n", "\n-5\n"), "checkpoint.malformed"), (text.replace("\n5\n", "\n9007199254740992\n"), "checkpoint.malformed"),
                (text.replace("\n5\n", "\n0\n"), "checkpoint.empty-root"), ("\n5\n" + b64(mth(leaves)) + "\n", "checkpoint.malformed"),
                (f"{origin}\n5\n{b64(bytes(31))}\n", "length.wrong"), (f"{origin}\n5\n{b64(bytes(30))}\n", "checkpoint.malformed"), ("", "checkpoint.malformed"),
            )
        ],
    }


# ML-DSA-44 -----------------------------------------------------------------------------------------------------------


def subtree_message(name, time, origin, size, root):
    short = lambda t: bytes([len(t.encode())]) + t.encode()
    return b"subtree/v1\n\0" + short(name) + u64(time) + short(origin) + u64(0) + u64(size) + root


def mldsa_vectors():
    name, origin, time = "candor.example/anchor", "candor.example/anchor", 1800000000
    key = mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes([4]) * 32)
    pub = key.public_key().public_bytes_raw()
    leaves = [leaf(f"event-{i}".encode()) for i in range(5)]
    text = checkpoint(origin, leaves)
    message = subtree_message(name, time, origin, 5, mth(leaves))
    kept = HERE / "mldsa.json"
    if kept.exists():
        payload = base64.b64decode(json.loads(kept.read_text())["note"].rsplit(" ", 1)[1])[4:]
        assert payload[:8] == u64(time)
        key.public_key().verify(payload[8:], message)
    else:
        payload = u64(time) + key.sign(message)
    return {
        "seed": (bytes([4]) * 32).hex(), "vkey": vkey(name, 6, pub), "origin": origin, "time": time, "message": message.hex(), "text": text,
        "note": text + "\n" + log_line(origin, ANCHOR_SEED, text) + line(name, 6, pub, payload),
        "logVkey": vkey(origin, 1, public(ANCHOR_SEED)),
    }


# Tiles ---------------------------------------------------------------------------------------------------------------


def tile_number(n):
    groups = []
    while True:
        groups.insert(0, f"{n % 1000:03d}")
        n //= 1000
        if n == 0:
            break
    return "/".join(["x" + g for g in groups[:-1]] + groups[-1:])


def tile_vectors():
    leaves = [leaf(f"entry {i}".encode()) for i in range(70000)]
    levels = [leaves]
    while len(levels[-1]) >= 256:
        under = levels[-1]
        levels.append([mth(under[i : i + 256]) for i in range(0, len(under) - 255, 256)])

    def tiles(size):
        found = []
        for level in range(3):
            count = size // 256**level
            for n in range((count + 255) // 256):
                width = min(256, count - n * 256)
                data = b"".join(levels[level][n * 256 : n * 256 + width])
                name = f"tile/{level}/{tile_number(n)}" + (f".p/{width}" if width < 256 else "")
                found.append({"path": name, "sha256": H(data).hex()})
        return found

    return {
        "numbers": [{"n": n, "path": tile_number(n)} for n in (0, 1, 999, 1000, 67000, 1234067, 9007199254740991)],
        "trees": [{"size": s, "root": mth(leaves[:s]).hex(), "tiles": tiles(s)} for s in (1, 255, 256, 257, 1000)],
        "large": {"size": 70000, "root": mth(leaves).hex(), "tiles": [t for t in tiles(70000) if "tile/0/" not in t["path"]]},
        "refused": [
            "tile/0/1", "tile/0/x001", "tile/0/0001", "tile/7/000", "tile/00/000", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/000.p/01",
            "tile/0/x000/001", "tile/0/001/001", "/tile/0/000", "tile/0/000/", "tile/0/000.p/300", "tile/entry/000", "tile/0/x999/x999/x999/x999/x999/999",
        ],
    }


# Proof files ---------------------------------------------------------------------------------------------------------


def proof_file(index, leaves, note):
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n" + "".join(b64(h) + "\n" for h in path(index, leaves)) + "\n" + note


def proof_file_vectors():
    worked = note_vectors()
    leaves = [leaf(x.encode()) for x in worked["entries"]]
    good = proof_file(3, leaves, worked["note"])
    m, e = "proof-file.malformed", "encoding.malformed"
    return {
        "origin": worked["origin"], "vkeys": worked["vkeys"], "leaf": leaves[3].hex(), "file": good,
        "consistency": [b64(h) for h in subproof(3, leaves, True)], "rootAt3": b64(mth(leaves[:3])),
        "refused": [
            {"note": n, "file": f, "code": c}
            for n, f, c in (
                ("another version", good.replace("@v1", "@v2"), m), ("extra data", good.replace("index", "extra AAAA\nindex", 1), m),
                ("another index", good.replace("index 3", "index 2"), "proof.root"), ("index beyond the size", good.replace("index 3", "index 5"), "proof.range"),
                ("a leading zero", good.replace("index 3", "index 03"), m), ("a negative index", good.replace("index 3", "index -3"), m),
                ("a hash less", good.replace(b64(path(3, leaves)[0]) + "\n", ""), "proof.length"),
                ("a hash more", good.replace("\n\n", "\n" + b64(bytes(32)) + "\n\n", 1), "proof.length"),
                ("two hashes changed", good.replace(b64(path(3, leaves)[0]), "@@").replace(b64(path(3, leaves)[1]), b64(path(3, leaves)[0])).replace("@@", b64(path(3, leaves)[1]), 1), "proof.root"),
                ("a short hash", good.replace(b64(path(3, leaves)[0]), b64(bytes(31))), m), ("not base64", good.replace(b64(path(3, leaves)[0]), "x"), e),
                ("no blank line", good.replace("\n\n", "\n", 1), e), ("another log", good.replace("/k3v9\n5", "/k3v8\n5"), "note.signature"), ("nothing", "", m),
            )
        ],
    }


# Slots and epochs ----------------------------------------------------------------------------------------------------

K_SLOTS = bytes([9]) * 32


def slot_key(s):
    return mac(K_SLOTS, b"candor-slot-key/v1\n" + u32(s))


def blind(s, e):
    return mac(slot_key(s), b"candor-slot-blind/v1\n" + u64(e))


def slot_leaf(e, s, d):
    return leaf(b"candor-slot/v1\n" + u64(e) + u32(s) + blind(s, e) + d)


def slot_leaves(e, slots, heads):
    """heads: slot -> checkpoint text"""
    return [slot_leaf(e, s, H(heads[s].encode()) if s in heads else bytes(32)) for s in range(slots)]


def epoch_text(e, time, slots, root):
    return f"candor-epoch/v1\nepoch {e}\ntime {time}\nslots {slots}\nroot {b64(root)}\n"


def slot_tree_vectors():
    head = checkpoint("candor.example/t/2-x", [leaf(b"a")])
    trees = []
    for e, slots, heads in ((0, 1024, {2: head}), (1, 1024, {}), (2, 2048, {2: head, 2047: head})):
        leaves = slot_leaves(e, slots, heads)
        trees.append({
            "epoch": e, "slots": slots, "heads": {str(s): h for s, h in heads.items()}, "root": mth(leaves).hex(),
            "leaf2": leaves[2].hex(), "leaf3": leaves[3].hex(), "path2": [h.hex() for h in path(2, leaves)],
        })
    return {"kSlots": K_SLOTS.hex(), "key2": slot_key(2).hex(), "blind": blind(2, 0).hex(), "head": head, "headDigest": H(head.encode()).hex(), "trees": trees}


def epoch_vectors():
    """Three epochs of an anchor log, its checkpoints signed and cosigned."""
    origin, witness = "candor.example/anchor", "witness.example.org/w1"
    epochs = []
    entries = []
    for e, slots in ((0, 1024), (1, 1024), (2, 2048)):
        time = 1800000000 + 600 * e
        entries.append(epoch_text(e, time, slots, mth(slot_leaves(e, slots, {}))))
        text = checkpoint(origin, [leaf(t.encode()) for t in entries])
        note = text + "\n" + log_line(origin, ANCHOR_SEED, text) + cosign_line(witness, WITNESS_SEED, time + 5, text)
        epochs.append({"epoch": e, "time": time, "slots": slots, "text": entries[-1], "checkpoint": note})
    good = entries[0]
    return {
        "seeds": {"anchor": ANCHOR_SEED.hex(), "witness": WITNESS_SEED.hex()}, "origin": origin,
        "vkeys": [vkey(origin, 1, public(ANCHOR_SEED)), vkey(witness, 4, public(WITNESS_SEED))],
        "epochs": epochs,
        "refused": [
            {"text": t, "code": c}
            for t, c in (
                ("", "epoch.malformed"), (good + "\n", "epoch.malformed"), (good[:-1], "epoch.malformed"), (good.replace("v1", "v2"), "epoch.malformed"),
                (good.replace("epoch 0", "epoch 00"), "epoch.malformed"), (good.replace("1024", "1023"), "epoch.malformed"), (good.replace("1024", "512"), "epoch.malformed"),
                (good.replace("1024", "8589934592"), "epoch.malformed"), (good.replace("time ", "time -"), "epoch.malformed"),
                (good.replace("1800000000", "9007199254740992"), "epoch.malformed"), ("\n" + good, "epoch.malformed"),
                (good.replace("slots 1024\n", ""), "epoch.malformed"), (epoch_text(0, 1, 1024, bytes(31)), "length.wrong"), (good.replace("=\n", "A\n"), "length.wrong"),
            )
        ],
    }


# Policies ------------------------------------------------------------------------------------------------------------


def policy_vectors():
    anchor = vkey("candor.example/anchor", 1, public(ANCHOR_SEED))
    w = [vkey(f"witness.example.org/w{i}", 4, public(bytes([20 + i]) * 32)) for i in range(6)]
    log = f"log {anchor} https://log.example\n"
    wit = lambda n: "".join(f"witness w{i} {w[i]} https://w{i}.example\n" for i in range(n))
    accepted = [
        ("one witness", log + wit(1) + "quorum w0\n", [["w0"]], [[], ["w1"]]),
        ("two of three", log + wit(3) + "group g 2 w0 w1 w2\nquorum g\n", [["w0", "w1"], ["w1", "w2"], ["w0", "w1", "w2"]], [["w0"], []]),
        ("all of any", log + wit(4) + "group a any w0 w1\ngroup b all w2 w3\ngroup g all a b\nquorum g\n", [["w0", "w2", "w3"]], [["w0", "w1", "w2"], ["w2", "w3"]]),
        ("three of five, one of them a group", log + wit(6) + "group own all w4 w5\ngroup g 3 w0 w1 w2 w3 own\nquorum g\n", [["w0", "w1", "w3"], ["w0", "w1", "w4", "w5"]], [["w4", "w5", "w0"], ["w0", "w1", "w4"]]),
        ("none", log + "quorum none\n", [], [[], ["w0"]]),
        ("comments, blank lines and tabs", "# a policy\n\n\tlog\t" + anchor + "  # ours\n" + wit(1) + "  quorum   w0  \n", [["w0"]], [[]]),
        ("two keys of one witness name by their algorithm", log + wit(2) + "group g all w0 w1\nquorum g", [["w0", "w1"]], [["w0"]]),
    ]
    split = [
        ("any of two", log + wit(2) + "group g any w0 w1\nquorum g\n"),
        ("two of four", log + wit(4) + "group g 2 w0 w1 w2 w3\nquorum g\n"),
        ("a group that both sides can have", log + wit(6) + "group own any w4 w5\ngroup g 3 w0 w1 w2 w3 own\nquorum g\n"),
        ("both members can be had by both sides", log + wit(4) + "group a any w0 w1\ngroup b any w2 w3\ngroup g all a b\nquorum g\n"),
    ]
    refused = [
        ("a key twice", log + f"witness a {w[0]}\nwitness b {w[0]}\nquorum a\n", "policy.duplicate-key"),
        ("one key for log and witness", log + "witness a " + vkey("w", 4, public(ANCHOR_SEED)) + "\nquorum a\n", "policy.duplicate-key"),
        ("a name twice", log + wit(1) + f"witness w0 {w[1]}\nquorum w0\n", "policy.name"),
        ("a group named as a witness", log + wit(2) + "group w0 any w1\nquorum w0\n", "policy.name"),
        ("none is no name", log + f"witness none {w[0]}\nquorum none\n", "policy.name"),
        ("none in a group", log + wit(1) + "group g any w0 none\nquorum g\n", "policy.name"),
        ("an unknown name", log + wit(1) + "quorum w1\n", "policy.name"),
        ("a name before its line", log + "group g any w0\n" + wit(1) + "quorum g\n", "policy.name"),
        ("a group of itself", log + wit(1) + "group g any g w0\nquorum g\n", "policy.name"),
        ("a member twice", log + wit(2) + "group g 2 w0 w0 w1\nquorum g\n", "policy.member"),
        ("a member of two groups", log + wit(2) + "group a any w0\ngroup b all w0 w1\nquorum b\n", "policy.member"),
        ("none of them", log + wit(2) + "group g 0 w0 w1\nquorum g\n", "policy.threshold"),
        ("three of two", log + wit(2) + "group g 3 w0 w1\nquorum g\n", "policy.threshold"),
        ("some of them", log + wit(2) + "group g most w0 w1\nquorum g\n", "policy.threshold"),
        ("an empty group", log + wit(1) + "group g all\nquorum w0\n", "policy.malformed"),
        ("no quorum", log + wit(1), "policy.quorum"),
        ("two quorums", log + wit(2) + "quorum w0\nquorum w1\n", "policy.quorum"),
        ("an unknown line", log + wit(1) + "quorum w0\nextra w0\n", "policy.malformed"),
        ("a word too many", log + wit(1) + "quorum w0 w0\n", "policy.malformed"),
        ("a witness with a log's key", log + "witness a " + vkey("w", 1, public(bytes([20]) * 32)) + "\nquorum a\n", "policy.key"),
        ("a log with a witness's key", f"log {w[0]}\n" + wit(0) + "quorum none\n", "policy.key"),
        ("no key", log + "witness a b\nquorum a\n", "vkey.malformed"),
    ]
    return {
        "accepted": [{"note": n, "policy": t, "quorums": q, "notQuorums": x} for n, t, q, x in accepted],
        "split": [{"note": n, "policy": t} for n, t in split],
        "refused": [{"note": n, "policy": t, "code": c} for n, t, c in refused],
    }


# A log with its proofs -----------------------------------------------------------------------------------------------

OPERATOR, LOG, SLOT = "candor.example", "0b8f1c52-3a6d-4e7f-9a10-2b3c4d5e6f70", 2
OTHER_LOG = "1b8f1c52-3a6d-4e7f-9a10-2b3c4d5e6f71"
KEYS = ["6f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5b", "7f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5c"]
ANCHOR = OPERATOR + "/anchor"
WITNESSES = {"w1": bytes([2]) * 32, "w2": bytes([22]) * 32, "own": bytes([23]) * 32}
RECEIPT_SEED = bytes([5]) * 32
START = 1800000000


def js(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def jcs(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def b32(x):
    return base64.b32encode(x).decode().lower().rstrip("=")


def salt_of(i, p):
    return mac(H(b"seed of entry %d" % i), b"candor-salt/v1\n" + p.encode())


def commit(i, p, value, key):
    p8 = p.encode()
    return {"$c": b64u(H(b"candor-field/v1\n" + salt_of(i, p) + u32(len(p8)) + p8 + jcs(value))), "$k": key}


def stamp(i):
    return f"2027-01-15T0{8 + i // 6}:{i % 6}0:00.000Z"


def entry(i, kind, body, log=LOG, **more):
    base = {
        "v": 1, "log": log, "id": f"{i:08d}-0000-4000-8000-000000000000", "type": kind, "schema": 1, "stream": "s-" + log,
        "occurredAt": stamp(i), "recordedAt": stamp(i), "actor": {"kind": "employee", "id": KEYS[0], "onBehalfOf": None, "name": None},
        "source": None, "authorization": None, "reason": None, "outcome": "success", "correlation": None, "body": body,
    }
    return jcs({**base, **more})


FIELDS = {
    0: [("/body/legalName", "Ada Ltd", KEYS[0])],
    2: [("/actor/name", "Zo\u00eb \U0001f600", KEYS[0]), ("/body/recipients/1", "ada@example.com", KEYS[1])],
    3: [("/body/address", "ada@example.com", KEYS[1])],
    6: [("/body/flag", True, KEYS[0]), ("/source/ip", "192.0.2.1", KEYS[0])],
}


def entries():
    f = {i: {p: commit(i, p, v, k) for p, v, k in fields} for i, fields in FIELDS.items()}
    actor = {"kind": "employee", "id": KEYS[0], "onBehalfOf": None, "name": f[2]["/actor/name"]}
    return [
        entry(0, "tenant.registered", {"slot": SLOT, "operator": OPERATOR, "legalName": f[0]["/body/legalName"]}),
        entry(1, "tenant.profile-changed", {}),
        entry(2, "access.data-accessed", {"recipients": ["public", f[2]["/body/recipients/1"]]}, actor=actor),
        entry(3, "delivery.accepted", {"address": f[3]["/body/address"]}),
        entry(4, "tenant.profile-changed", {"n": 9007199254740991}),
        entry(5, "log.erasure-ordered", {"keys": [KEYS[1]], "class": None, "period": None, "rule": "erasure", "ground": "objection"}),
        entry(6, "access.data-accessed", {"flag": f[6]["/body/flag"]}, source={"ip": f[6]["/source/ip"], "agent": None, "country": None}),
        entry(7, "tenant.profile-changed", {}),
        entry(8, "tenant.profile-changed", {}),
    ]


def origin_of(first):
    return f"{OPERATOR}/t/{SLOT}-{b32(H(first))}"


ERASED = {(2, "/body/recipients/1"): {"state": "erased", "by": 5}, (3, "/body/address"): {"state": "erased", "by": 5}}


def other_origin(origin):
    head, tail = origin.split("-")
    return head + "-" + ("a" if tail[0] != "a" else "b") + tail[1:]


class World:
    """A log of nine entries: heads of 4, 4 and 9 entries in epochs 1, 2 and 3, with the slots doubled at 2."""

    def __init__(self, data, sizes=(None, 4, 4, 9), first_epoch_slots=1024):
        self.data, self.leaves = data, [leaf(x) for x in data]
        self.origin = origin_of(data[0])
        self.notes, self.texts, self.trees, self.epochs = [], [], [], []
        for e, size in enumerate(sizes):
            text = None if size is None else checkpoint(self.origin, self.leaves[:size])
            self.texts.append(text)
            self.notes.append(None if text is None else text + "\n" + log_line(self.origin, LOG_SEED, text))
            slots = first_epoch_slots if e < 2 else 2 * first_epoch_slots
            tree = slot_leaves(e, slots, {} if text is None else {SLOT: text})
            self.trees.append(tree)
            self.epochs.append(epoch_text(e, START + 600 * e, slots, mth(tree)))

    def anchor_note(self, size, who=("w1", "w2"), late=5):
        text = checkpoint(ANCHOR, [leaf(t.encode()) for t in self.epochs[:size]])
        lines = "".join(cosign_line(f"witness.example.org/{w}", WITNESSES[w], START + 600 * (size - 1) + late + n, text) for n, w in enumerate(who))
        return text + "\n" + log_line(ANCHOR, ANCHOR_SEED, text) + lines

    def bundle(self, i, e, opened=(), **anchor):
        note = self.notes[e]
        size = int(self.texts[e].split("\n")[1])
        epoch_leaves = [leaf(t.encode()) for t in self.epochs]
        return {
            "candor": "bundle/v1", "entry": b64(self.data[i]), "openings": [opening(i, p, v) for p, v, _ in FIELDS.get(i, []) if p in opened],
            "log": proof_file(i, self.leaves[:size], note),
            "slot": {"epoch": e, "slot": SLOT, "r": b64(blind(SLOT, e)), "path": [b64(h) for h in path(SLOT, self.trees[e])]},
            "epoch": self.epochs[e], "anchor": proof_file(e, epoch_leaves, self.anchor_note(len(self.epochs), **anchor)),
        }

    def header(self, start=0, epochs=None, witnesses=()):
        first = next(e for e, t in enumerate(self.texts) if t is not None)
        frontier, at = [], 0
        while at < start:
            k = 1
            while at + k * 2 <= start:
                k *= 2
            frontier.append(b64(mth(self.leaves[at : at + k])))
            at += k
        return {
            "t": "export", "v": 1, "origin": self.origin, "slot": SLOT, "slotKey": b64(slot_key(SLOT)), "from": start, "size": len(self.data),
            "epochs": epochs or [first, len(self.epochs) - 1], "frontier": frontier, "witnesses": list(witnesses),
        }

    def heads(self, first):
        lines = []
        for e in range(first, len(self.epochs)):
            unchanged = e > 0 and self.texts[e] == self.texts[e - 1]
            lines.append({"t": "head", "e": e, "note": None if unchanged else self.notes[e], "path": [b64(h) for h in path(SLOT, self.trees[e])]})
        return lines

    def entry_lines(self, start=0, fields=None):
        fields = fields or {}
        lines = []
        for i in range(start, len(self.data)):
            o = []
            for p, v, k in sorted(FIELDS.get(i, []), key=lambda f: f[0]):
                state = fields.get((i, p))
                o.append(opening(i, p, v) if state is None else {"path": p, **state})
            lines.append({"t": "entry", "i": i, "b": b64(self.data[i]), "o": o})
        return lines

    def export(self, start=0, epochs=None, fields=ERASED, who=("w1", "w2"), witnesses=(), earlier=(2,)):
        header = self.header(start, epochs, witnesses)
        lines = [header] + [{"t": "epoch", "e": e, "text": t} for e, t in enumerate(self.epochs)] + self.heads(header["epochs"][0])
        lines += self.entry_lines(start, fields)
        return lines + [{"t": "anchor", "note": self.anchor_note(n, who)} for n in (len(self.epochs), *earlier)]


def opening(i, p, value):
    return {"path": p, "salt": b64u(salt_of(i, p)), "value": value}


def sealed(lines):
    """The text of an export, with its last line."""
    text = "".join(js(x) + "\n" for x in lines)
    return text + js({"t": "end", "lines": len(lines), "sha256": b64(H(text.encode()))}) + "\n"


def policy_text():
    keys = {w: vkey(f"witness.example.org/{w}", 4, public(s)) for w, s in WITNESSES.items()}
    witnesses = "".join(f"witness {w} {k}\n" for w, k in keys.items())
    return f"log {vkey(ANCHOR, 1, public(ANCHOR_SEED))}\n" + witnesses + "group all 2 w1 w2 own\nquorum all\n"


def trust_of(world):
    return {
        "origin": world.origin, "logKeys": [vkey(OPERATOR + "/t", 1, public(LOG_SEED))], "policy": policy_text(),
        "operatorKeys": [vkey("witness.example.org/own", 4, public(WITNESSES["own"]))],
    }


def bundle_vectors():
    world = World(entries())
    both = ("/actor/name", "/body/recipients/1")
    good = world.bundle(2, 3, both)
    change = lambda **m: js({**good, **m})
    slot = lambda **m: change(slot={**good["slot"], **m})
    first = lambda **m: change(openings=[{**good["openings"][0], **m}] + good["openings"][1:])
    other = World([entry(0, "tenant.registered", {"slot": SLOT, "operator": OPERATOR, "legalName": None})] + entries()[1:])
    forged = World(entries()[:8] + [entry(8, "tenant.profile-changed", {"forged": True})])
    text = checkpoint(world.origin, world.leaves)
    by_anchor = text + "\n" + log_line(world.origin, ANCHOR_SEED, text)
    accepted = [
        ("witnessed, two fields opened", js(good), "witnessed", ["w1", "w2"], START + 1806),
        ("a newline at its end", js(good) + "\n", "witnessed", ["w1", "w2"], START + 1806),
        ("no field opened", change(openings=[]), "witnessed", ["w1", "w2"], START + 1806),
        ("entry 0", js(world.bundle(0, 1, ("/body/legalName",))), "witnessed", ["w1", "w2"], START + 1806),
        ("one of its own witnesses and one other", js(world.bundle(2, 3, who=("w1", "own"))), "self-witnessed", ["w1", "own"], START + 1806),
        ("no quorum", js(world.bundle(2, 3, who=("w1",))), "anchored", [], None),
        ("no cosignature", js(world.bundle(2, 3, who=())), "anchored", [], None),
        ("a quorum, and one of its own", js(world.bundle(2, 3, who=("own", "w1", "w2"))), "witnessed", ["w1", "w2"], START + 1807),
        ("not anchored yet", change(slot=None, epoch=None, anchor=None), "checkpointed", [], None),
    ]
    f, m, n = "json.form", "json.members", "note.signature"
    flip = lambda s: ("A" if s[0] != "A" else "B") + s[1:]
    e2 = world.bundle(2, 2)
    mutants = [
        ("not JSON", js(good)[:-1], f), ("white space", json.dumps(good, ensure_ascii=False), f), ("escaped characters", json.dumps(good, separators=(",", ":")), f),
        ("a member twice", js(good).replace('{"candor"', '{"candor":"bundle/v1","candor"'), f), ("two newlines", js(good) + "\n\n", f),
        ("another version", change(candor="bundle/v2"), m), ("an unknown member", change(extra=None), m),
        ("a member less", js({k: v for k, v in good.items() if k != "openings"}), m), ("a list", "[]", m),
        ("entry not base64", change(entry=good["entry"] + "="), "encoding.malformed"),
        ("another entry", change(entry=b64(world.data[3]), openings=[]), "proof.root"), ("an entry that is not canonical", change(entry=b64(world.data[2] + b" ")), "jcs.not-canonical"),
        ("an entry that is none", change(entry=b64(b"{}")), "entry.shape"),
        ("another value", first(value="Eve"), "opening.commitment"), ("another type of value", first(value=["Zo\u00eb \U0001f600"]), "opening.commitment"),
        ("another salt", first(salt=b64u(bytes(32))), "opening.commitment"), ("a short salt", first(salt=b64u(bytes(31))), m),
        ("a field there is not", first(path="/body/other"), "opening.path"), ("a value that may not be", first(value=0.5), "jcs.number"),
        ("an unknown member of a field", first(more=1), m), ("a field twice", change(openings=[good["openings"][0]] * 2), "opening.twice"),
        ("a field's value at another's place", first(path="/body/recipients/1"), "opening.commitment"),
        ("no proof", change(log=""), "proof-file.malformed"), ("another index", change(log=good["log"].replace("index 2", "index 3")), "proof.root"),
        ("another path", change(log=good["log"].replace(b64(path(2, world.leaves)[0]), b64(bytes(32)))), "proof.root"),
        ("the checkpoint signed by another key", change(log=proof_file(2, world.leaves, by_anchor)), "note.unsigned"),
        ("another log", js(other.bundle(2, 3)), "checkpoint.origin|note.unsigned"),
        ("another checkpoint than the one anchored", change(log=e2["log"]), "slot.root"),
        ("a forged log under its own checkpoint, with the anchor of the other", js({**forged.bundle(2, 3), **{k: good[k] for k in ("slot", "epoch", "anchor")}}), "slot.root"),
        ("slot without epoch", change(epoch=None), "bundle.parts"), ("anchor alone", change(slot=None, epoch=None), "bundle.parts"),
        ("another slot", slot(slot=3), "origin.slot"), ("another epoch's slot", slot(epoch=2), "slot.other-epoch"), ("another blinding", slot(r=b64(bytes(32))), "slot.root"),
        ("a path too short", slot(path=good["slot"]["path"][:-1]), "proof.length"), ("a path too long", slot(path=good["slot"]["path"] + [b64(bytes(32))]), "proof.length"),
        ("another path in the slots", slot(path=[flip(good["slot"]["path"][0])] + good["slot"]["path"][1:]), "slot.root"),
        ("a slot number that is none", slot(slot=-1), m), ("an unknown member of the slot", slot(more=1), m), ("a fraction", slot(epoch=3.5), m),
        ("no epoch's text", change(epoch="epoch 3"), "epoch.malformed"), ("another time in the epoch", change(epoch=good["epoch"].replace("time 1800001800", "time 1800001801")), "proof.root"),
        ("another epoch", change(epoch=world.epochs[2]), "slot.other-epoch"), ("another epoch's proof", change(anchor=e2["anchor"]), "anchor.index"),
        ("the anchor not signed", change(anchor=good["anchor"].replace(log_line(ANCHOR, ANCHOR_SEED, good["anchor"].split("\n\n")[1] + "\n"), "")), "anchor.missing"),
        ("a cosignature over another checkpoint", change(anchor=good["anchor"].replace(world.anchor_note(4).split("\n")[-2], world.anchor_note(3).split("\n")[-2])), n),
        ("the anchor of another history", change(anchor=proof_file(3, [leaf(t.encode()) for t in forged.epochs], forged.anchor_note(4))), "proof.root"),
        ("the anchor's checkpoint of another log", change(anchor=good["anchor"].replace(ANCHOR, "candor.example/other")), "note.signature"),
    ]
    notices = [("a cosignature older than its epoch", js(world.bundle(2, 3, late=-400)), "witnessed", ["witness.clock", "witness.clock"])]
    return {
        "trust": trust_of(world), "entry": {"index": 2, "leaf": world.leaves[2].hex()}, "bundle": js(good),
        "accepted": [{"note": n, "bundle": b, "level": l, "witnesses": w, "witnessedAt": t} for n, b, l, w, t in accepted],
        "notices": [{"note": n, "bundle": b, "level": l, "codes": c} for n, b, l, c in notices],
        "mutants": [{"note": n, "bundle": b, "code": c} for n, b, c in mutants],
    }


def export_vectors():
    world = World(entries())
    lines = world.export()
    at = lambda kind, n=0: [i for i, x in enumerate(lines) if x["t"] == kind][n]
    put = lambda i, x: lines[:i] + ([x] if x is not None else []) + lines[i + 1 :]
    edit = lambda kind, n=0, **m: put(at(kind, n), {**lines[at(kind, n)], **m})
    drop = lambda kind, n=0: put(at(kind, n), None)
    swap = lambda a, b: [lines[b] if i == a else lines[a] if i == b else x for i, x in enumerate(lines)]
    good = sealed(lines)
    lost = lambda i, p, **s: sealed(world.export(fields={**ERASED, (i, p): s}))
    scope = lambda i, why: sealed(put(at("entry", i), {"t": "entry", "i": i, "h": b64(world.leaves[i]), "why": why}))
    forged = World(entries()[:8] + [entry(8, "tenant.profile-changed", {"forged": True})])
    changed = lambda n, i, data: World([data if j == i else x for j, x in enumerate(entries())])
    replace = lambda i, data: sealed(edit("entry", i, b=b64(data), o=[]))
    fork = World(entries()[:5] + [entry(5, "tenant.profile-changed", {"fork": True})] + entries()[6:], sizes=(None, 4, 4, 9))
    succeeded = entry(0, "log.succeeded", {"slot": SLOT, "operator": OPERATOR, "previous": world.texts[3], "cause": "damaged"})
    successor = World([succeeded, entry(1, "tenant.profile-changed", {})], sizes=(None, 1, 2, 2))
    kept = world.notes[1]
    continued = world.export(4, epochs=[2, 3], fields=ERASED)
    tail = World(entries(), sizes=(None, 4, 4, 7))
    tail_text = checkpoint(tail.origin, tail.leaves)
    tail_lines = tail.export()
    tail_at = next(i for i, x in enumerate(tail_lines) if x["t"] == "entry")
    signed = {"t": "checkpoint", "note": tail_text + "\n" + log_line(tail.origin, LOG_SEED, tail_text)}
    young = [world.header(0, [0, -1])] + [signed] + world.entry_lines(0, ERASED)
    text_lines = good.split("\n")
    b, i, m = "broken", "incomplete", "json.members"
    w = "witnessed"
    notes = {"world": world, "successor": successor}
    case = lambda note, text, verdict, level, codes, kept=None, origin="world": {
        "note": note, "export": text, "verdict": verdict, "level": level, "codes": codes, "kept": kept, "origin": notes[origin].origin,
    }
    cases = [
        case("whole, with an erased field and an unchanged head", good, w, w, []),
        case("self-witnessed by what it says itself", sealed(world.export(who=("w1", "w2"), witnesses=[vkey("other", 4, public(WITNESSES["w1"]))])), "self-witnessed", "self-witnessed", []),
        case("with a quorum of its own only", sealed(world.export(who=("w1", "own"))), "self-witnessed", "self-witnessed", []),
        case("without cosignatures", sealed(world.export(who=())), "anchored", "anchored", []),
        case("with envelopes", sealed(edit("entry", 3, s={KEYS[1]: b64(b"\x01envelope")})), w, w, []),
        case("a field withheld", lost(6, "/source/ip", state="withheld"), i, w, ["field.withheld"]),
        case("a field's key lost", lost(6, "/source/ip", state="lost"), i, w, ["field.lost"]),
        case("an entry out of scope", scope(4, "scope"), w, w, []),
        case("an entry withheld", scope(4, "withheld"), i, w, ["entry.withheld"]),
        case("entry 0 not shown", scope(0, "scope"), i, w, ["origin.unchecked"]),
        case("an erasure that is not shown", scope(5, "scope"), w, w, ["field.erased-unproven"]),
        case("continued", sealed(continued), w, w, [], kept),
        case("continued, without the checkpoint kept", sealed(continued), b, None, ["head.missing", "kept.missing"]),
        case("whole, against an earlier checkpoint", good, w, w, [], kept),
        case("against a checkpoint of another history", sealed(fork.export()), b, None, ["field.not-erased", "kept.root"], world.notes[3]),
        case("entries beyond the last head", sealed(tail_lines), "recorded", "recorded", []),
        case("entries beyond the last head, signed", sealed(tail_lines[:tail_at] + [signed] + tail_lines[tail_at:]), "checkpointed", "checkpointed", []),
        case("before the first epoch", sealed(young), "checkpointed", "checkpointed", []),
        case("a successor", sealed([{**x, "o": []} if x["t"] == "entry" else x for x in successor.export()]), b, w, ["log.declared-loss"], None, "successor"),
        # Truncated
        case("without its end", "\n".join(text_lines[:-2]) + "\n", i, None, ["export.truncated"]),
        case("without its last newline", good[:-1], w, w, []),
        case("cut within the last line", good[:-5], i, None, ["export.truncated"]),
        case("cut within an entry", "\n".join(text_lines[: at("entry", 3)]) + "\n" + text_lines[at("entry", 3)][:100], i, None, ["export.truncated"]),
        case("nothing", "", i, None, ["export.truncated"]),
        case("without its last entry", sealed(drop("entry", 8)), i, None, ["entry.gap"]),
        case("without an entry", sealed(drop("entry", 4)), i, None, ["entry.gap"]),
        case("a line taken out afterwards", "\n".join(text_lines[: at("anchor", 1)] + text_lines[at("anchor", 1) + 1 :]), i, None, ["export.lines"]),
        case("without an epoch", sealed(drop("epoch", 1)), i, None, ["epoch.gap"]),
        case("without the last epoch", sealed(drop("epoch", 3)), i, None, ["epoch.gap"]),
        case("without a head", sealed(drop("head", 1)), i, None, ["head.missing"]),
        case("without the last head", sealed(drop("head", 2)), i, None, ["head.missing"]),
        case("without the anchor", sealed(world.export(earlier=())[:-1]), i, "checkpointed", ["anchor.missing"]),
        # Changed
        case("bytes after the end", good + "\n", b, None, ["export.after-end"]),
        case("a line after the end", good + text_lines[-3] + "\n", b, None, ["export.after-end"]),
        case("white space", good.replace('"t":"epoch"', '"t": "epoch"', 1), b, None, ["json.form"]),
        case("another digest", good.replace(text_lines[-2], js({"t": "end", "lines": len(lines), "sha256": b64(bytes(32))})), b, None, ["export.digest"]),
        case("more lines than it says", good.replace(text_lines[-2], js({"t": "end", "lines": len(lines) - 1, "sha256": b64(H("".join(js(x) + "\n" for x in lines).encode()))})), b, None, ["export.lines"]),
        case("another log's", sealed(edit("export", origin=other_origin(world.origin))), b, None, ["origin.other"]),
        case("another slot", sealed(edit("export", slot=3)), b, None, ["origin.slot"]),
        case("another slot's key", sealed(edit("export", slotKey=b64(slot_key(3)))), b, None, ["slot.root"]),
        case("another version", sealed(edit("export", v=2)), b, None, [m]),
        case("an unknown member", sealed(edit("export", more=1)), b, None, [m]),
        case("a frontier where nothing is before", sealed(edit("export", frontier=[b64(bytes(32))])), b, None, ["length.wrong"]),
        case("another frontier", sealed([{**continued[0], "frontier": [b64(bytes(32))]}] + continued[1:]), b, None, ["kept.root"], kept),
        case("epochs changed about", sealed(swap(at("epoch", 1), at("epoch", 2))), i, None, ["epoch.gap"]),
        case("an epoch twice", sealed(lines[: at("epoch", 1)] + [lines[at("epoch", 0)]] + lines[at("epoch", 1) :]), b, None, ["epoch.order"]),
        case("time that does not increase", sealed(edit("epoch", 2, text=world.epochs[2].replace("1800001200", "1800000600"))), b, None, ["epoch.time"]),
        case("fewer slots", sealed(edit("epoch", 1, text=world.epochs[1].replace("1024", "4096"))), b, None, ["epoch.slots"]),
        case("another epoch's text", sealed(edit("epoch", 3, text=world.epochs[3].replace("epoch 3", "epoch 4"))), b, None, ["epoch.order"]),
        case("an epoch before the log's first with another time", sealed(edit("epoch", 0, text=world.epochs[0].replace("1800000000", "1800000001"))), b, None, ["anchor.root"]),
        case("heads changed about", sealed(swap(at("head", 0), at("head", 1))), i, None, ["head.missing"]),
        case("another path", sealed(edit("head", 0, path=[b64(bytes(32))] + lines[at("head", 0)]["path"][1:])), b, None, ["slot.root"]),
        case("an old head again", sealed(edit("head", 2, note=world.notes[1])), b, None, ["slot.root"]),
        case("an old head said to be unchanged", sealed(edit("head", 2, note=None)), b, None, ["slot.root"]),
        case("a head of another history", sealed(edit("head", 2, note=fork.notes[3])), b, None, ["slot.root"]),
        case("the first head unchanged", sealed(edit("head", 0, note=None)), b, None, ["head.missing"]),
        case("a head not signed by the log", sealed(edit("head", 0, note=world.texts[1] + "\n" + log_line(world.origin, ANCHOR_SEED, world.texts[1]))), b, None, ["note.unsigned"]),
        case("a fork anchored for this tenant alone", sealed([*fork.export()[:1], *fork.export()[1:8], *lines[8:]]), b, None, ["head.root"]),
        case("a shrunk log", sealed(World(entries(), sizes=(None, 9, 9, 4)).export()), b, None, ["head.shrinks"]),
        case("one bit of an entry", replace(7, entries()[7].replace(b"success", b"succesr")), b, None, ["entry.shape"]),
        case("another entry of the same form", replace(7, entries()[8]), b, None, ["head.root"]),
        case("an entry not canonical", replace(7, entries()[7] + b" "), b, None, ["jcs.not-canonical"]),
        case("another entry 0", sealed([lines[0]] + [{**x, "b": b64(entries()[0].replace(b"S-", b"s-").replace(b'"schema":1', b'"schema":2'))} if x["t"] == "entry" and x["i"] == 0 else x for x in lines[1:]]), b, None, ["origin.entry"]),
        case("an entry of another tenant", replace(7, entry(7, "tenant.profile-changed", {}, log=OTHER_LOG)), b, None, ["entry.other-log"]),
        case("two entries changed about", sealed(swap(at("entry", 7), at("entry", 8))), i, None, ["entry.gap"]),
        case("two entries' bytes changed about", sealed([{**x, "b": b64(entries()[15 - x["i"]])} if x["t"] == "entry" and x["i"] > 6 else x for x in lines]), b, None, ["head.root"]),
        case("an entry twice", sealed(lines[: at("entry", 8)] + [lines[at("entry", 7)]] + lines[at("entry", 8) :]), b, None, ["entry.order"]),
        case("an entry more", sealed(lines[: at("anchor")] + [{"t": "entry", "i": 9, "b": b64(entries()[8]), "o": []}] + lines[at("anchor") :]), b, None, ["entry.order"]),
        case("an entry put in between", sealed([x if x["t"] != "entry" or x["i"] < 4 else {**x, "i": x["i"] + 1} for x in lines[: at("entry", 4)] + [{"t": "entry", "i": 3, "b": b64(entries()[1]), "o": []}] + lines[at("entry", 4) :]]), b, None, ["entry.order"]),
        case("another leaf", sealed(put(at("entry", 4), {"t": "entry", "i": 4, "h": b64(bytes(32)), "why": "scope"})), b, None, ["head.root"]),
        case("a reason there is not", sealed(put(at("entry", 4), {"t": "entry", "i": 4, "h": b64(world.leaves[4]), "why": "lost"})), b, None, [m]),
        case("another value", sealed(edit("entry", 0, o=[{**lines[at("entry", 0)]["o"][0], "value": "Eve Ltd"}])), b, None, ["opening.commitment"]),
        case("a field not told", sealed(edit("entry", 0, o=[])), b, None, ["opening.missing"]),
        case("a field there is not", sealed(edit("entry", 1, o=[lines[at("entry", 0)]["o"][0]])), b, None, ["opening.path"]),
        case("fields changed about", sealed(edit("entry", 6, o=lines[at("entry", 6)]["o"][::-1])), b, None, ["opening.missing"]),
        case("a state there is not", lost(6, "/source/ip", state="hidden"), b, None, [m]),
        case("said to be erased by an entry that erased another key", lost(6, "/source/ip", state="erased", by=5), b, w, ["field.not-erased"]),
        case("said to be erased by an entry that erases nothing", lost(3, "/body/address", state="erased", by=7), b, w, ["field.not-erased"]),
        case("said to be erased by an entry before it that erases nothing", lost(3, "/body/address", state="erased", by=1), b, w, ["field.not-erased"]),
        case("said to be erased by an entry that is not there", lost(3, "/body/address", state="erased", by=100), b, w, ["field.not-erased"]),
        case("erased by no entry", lost(3, "/body/address", state="erased"), b, None, [m]),
        case("an envelope of another key", sealed(edit("entry", 3, s={KEYS[0]: "AAAA"})), b, None, ["entry.envelope"]),
        case("an envelope not base64", sealed(edit("entry", 3, s={KEYS[1]: "x"})), b, None, ["encoding.malformed"]),
        case("an earlier anchor first", sealed(drop("anchor", 0)), b, None, ["anchor.size"]),
        case("the anchor of another history", sealed(edit("anchor", 0, note=forged.anchor_note(4))), b, None, ["anchor.root"]),
        case("an earlier anchor of another history", sealed(edit("anchor", 1, note=World(entries(), sizes=(None, 3, 4, 9)).anchor_note(2))), b, None, ["anchor.root"]),
        case("an anchor before the entries", sealed([lines[at("anchor")] if j == at("entry") else x for j, x in enumerate(lines)]), i, None, ["entry.gap"]),
        case("an epoch after the entries", sealed(lines[: at("anchor")] + [lines[at("epoch", 3)]] + lines[at("anchor") :]), b, None, ["export.order"]),
        case("a line of no kind", sealed(lines[:1] + [{"t": "more"}] + lines[1:]), b, None, ["export.order"]),
        case("two headers", sealed(lines[:1] + lines), b, None, ["export.order"]),
        case("no header", sealed(lines[1:]), b, None, [m]),
    ]
    # Most lines stand in most exports: an export is told by the numbers of its lines, joined by newlines.
    table = {}
    for one in cases:
        one["export"] = [table.setdefault(x, len(table)) for x in one["export"].split("\n")]
    return {"trust": trust_of(world), "lines": list(table), "cases": cases}


def receipt_vectors():
    world = World(entries())
    name = OPERATOR + "/receipts"
    key = vkey(name, 1, public(RECEIPT_SEED))
    part = lambda x: b64u(js(x).encode())
    good_head = {"alg": "Ed25519", "typ": "candor-receipt+jwt", "kid": "+".join(key.split("+")[:2])}
    good_claims = {"iss": OPERATOR, "iat": START + 100, "log": world.origin, "id": f"{7:08d}-0000-4000-8000-000000000000", "leaf": b64u(world.leaves[7]), "anchorBy": START + 1200}

    def jws(head=good_head, claims=good_claims, seed=RECEIPT_SEED):
        text = part(head) + "." + part(claims)
        return text + "." + b64u(sign(seed, text.encode()))

    claims = lambda **m: jws(claims={**good_claims, **m})
    head = lambda **m: jws({**good_head, **m})
    missing = H(b"left out")
    lines = world.export()
    bad = "receipt.malformed"
    return {
        "trust": trust_of(world), "keys": [key], "seed": RECEIPT_SEED.hex(), "claims": {**good_claims, "leaf": world.leaves[7].hex()}, "receipt": jws(),
        "export": sealed(lines),
        "cases": [
            {"note": n, "receipt": r, "export": x, "verdict": v, "level": l, "codes": c, "index": i}
            for n, r, x, v, l, c, i in (
                ("a receipt alone", jws(), False, "recorded", "recorded", [], None),
                ("anchored, but late", jws(), True, "witnessed", "witnessed", ["receipt.late"], 7),
                ("anchored in time", claims(anchorBy=START + 1800), True, "witnessed", "witnessed", [], 7),
                ("an omission", claims(leaf=b64u(missing)), True, "broken", "recorded", ["receipt.omission"], None),
                ("not due yet", claims(leaf=b64u(missing), anchorBy=START + 1800), True, "incomplete", "recorded", ["receipt.undecided"], None),
                ("another event's leaf", claims(id=KEYS[0]), True, "broken", "witnessed", ["receipt.id"], 7),
                ("another log's", claims(log=other_origin(world.origin)), True, "broken", None, ["receipt.log"], None),
                ("another key", jws(seed=LOG_SEED), False, "broken", None, ["receipt.signature"], None),
                ("a key that is not known", head(kid="a+00000000"), False, "broken", None, ["receipt.key"], None),
                ("no algorithm", head(alg="none"), False, "broken", None, [bad], None),
                ("another name of the algorithm", head(alg="EdDSA"), False, "broken", None, [bad], None),
                ("another type", head(typ="JWT"), False, "broken", None, [bad], None),
                ("a header more", head(crit=["exp"]), False, "broken", None, ["json.members"], None),
                ("a claim more", claims(exp=1), False, "broken", None, ["json.members"], None),
                ("a claim less", jws(claims={k: v for k, v in good_claims.items() if k != "iat"}), False, "broken", None, ["json.members"], None),
                ("a time that is none", claims(iat="now"), False, "broken", None, ["json.members"], None),
                ("a short leaf", claims(leaf=b64u(bytes(31))), False, "broken", None, ["json.members"], None),
                ("an id that is none", claims(id="7"), False, "broken", None, [bad], None),
                ("another payload", ".".join([jws().split(".")[0], part({**good_claims, "iat": 1}), jws().split(".")[2]]), False, "broken", None, ["receipt.signature"], None),
                ("padding", jws() + "==", False, "broken", None, ["encoding.malformed"], None),
                ("no signature", jws().rsplit(".", 1)[0] + ".", False, "broken", None, [bad], None),
                ("four parts", jws() + ".AA", False, "broken", None, [bad], None),
                ("nothing", "", False, "broken", None, [bad], None),
            )
        ],
    }


def tree_refused_vectors():
    """Proofs that are none, over the leaves of tree.json."""
    leaves = [leaf(f"entry {i}".encode()) for i in range(9)]
    root = lambda n: mth(leaves[:n])
    z, length, rng = bytes(32), "proof.length", "proof.range"
    inc, con = path(3, leaves[:7]), subproof(3, leaves[:7], True)
    inclusion = lambda n, c, index=3, size=7, proof=inc, at=leaves[3], to=root(7): {
        "note": n, "index": index, "size": size, "leaf": at.hex(), "proof": [h.hex() for h in proof], "root": to.hex(), "code": c,
    }
    consistency = lambda n, c, a=3, b=7, proof=con, old=root(3), new=root(7): {
        "note": n, "from": a, "to": b, "old": old.hex(), "new": new.hex(), "proof": [h.hex() for h in proof], "code": c,
    }
    return {
        "inclusion": [
            inclusion("a hash less", length, proof=inc[:-1]), inclusion("a hash more", length, proof=inc + [z]), inclusion("no hash", length, proof=[]),
            inclusion("a short hash", length, proof=[inc[0][:31]] + inc[1:]), inclusion("a short leaf", length, at=leaves[3][:31]),
            inclusion("two hashes changed about", "proof.root", proof=[inc[1], inc[0], inc[2]]), inclusion("another leaf", "proof.root", at=leaves[4]),
            inclusion("another index", "proof.root", index=2), inclusion("another size", length, size=20),
            inclusion("another root", "proof.root", to=root(6)), inclusion("an index that is the size", rng, index=7), inclusion("an index beyond the size", rng, index=8),
            inclusion("in no leaves", rng, index=0, size=0, proof=[]), inclusion("one leaf under another root", "proof.root", index=0, size=1, proof=[], at=leaves[0], to=root(2)),
        ],
        "consistency": [
            consistency("a hash less", length, proof=con[:-1]), consistency("a hash more", length, proof=con + [z]), consistency("no hash", length, proof=[]),
            consistency("a short hash", length, proof=[con[0][:31]] + con[1:]), consistency("a short root", length, old=root(3)[:31]),
            consistency("another old root", "proof.old-root", old=root(2)), consistency("another new root", "proof.root", new=root(6)),
            consistency("two hashes changed about", "proof.old-root", proof=[con[1], con[0]] + con[2:]),
            consistency("from nothing", rng, a=0, old=H(b"")), consistency("from more to less", rng, a=8, old=root(8)),
            consistency("of one size, with a hash", length, a=7, old=root(7)), consistency("of one size, with another root", "proof.root", a=7, old=root(6), proof=[]),
            consistency("from four, with the root of four before it", length, a=4, old=root(4), proof=[root(4)] + subproof(4, leaves[:7], True)),
            consistency("from four, under another old root", "proof.old-root|proof.root", a=4, old=root(3), proof=subproof(4, leaves[:7], True)),
        ],
    }


def kept_vectors():
    """Two checkpoints that were kept, and what is given to join them (ADR 28)."""
    world = World(entries())
    fork = [leaf(b"another") if i == 1 else x for i, x in enumerate(world.leaves)]

    def note(n, leaves=world.leaves, seed=LOG_SEED, origin=world.origin):
        text = checkpoint(origin, leaves[:n])
        return text + "\n" + log_line(origin, seed, text)

    proof = lambda a, b, leaves=world.leaves: "".join(b64(h) + "\n" for h in subproof(a, leaves[:b], True))
    five, nine, good = note(5), note(9), proof(5, 9)
    first = good.split("\n")[0]
    c, i, b = "checkpointed", "incomplete", "broken"
    u = ["kept.unjoined"]
    return {
        "trust": trust_of(world),
        "cases": [
            {"note": n, "old": old, "later": later, "proof": p, "verdict": v, "codes": codes}
            for n, old, later, p, v, codes in (
                ("joined", five, nine, good, c, []), ("joined, from a power of two", note(4), nine, proof(4, 9), c, []), ("the same twice", five, five, "", c, []),
                ("from nothing", note(0), nine, "", c, []), ("without the last newline", five, nine, good[:-1], c, []),
                ("the same size with another root", nine, note(9, fork), "", b, ["kept.root"]),
                ("another history, and its proof", five, note(9, fork), proof(5, 9, fork), b, ["kept.root"]),
                ("another history, with the proof of this one", five, note(9, fork), good, i, u),
                ("another history after a power of two, and its proof", note(4), note(9, fork), proof(4, 9, fork), i, u),
                ("no proof", five, nine, "", i, u), ("a hash changed", five, nine, good.replace(first, b64(bytes(32))), i, u),
                ("a hash less", five, nine, good[len(first) + 1 :], i, u), ("a hash more", five, nine, good + first + "\n", i, u),
                ("not base64", five, nine, "x\n", i, u), ("a blank line", five, nine, good + "\n", i, u), ("65 hashes", five, nine, (first + "\n") * 65, i, u),
                ("the larger one first", nine, five, good, i, ["kept.size"]),
                ("another root", five, nine.replace(b64(mth(world.leaves)), b64(mth(fork))), good, b, ["note.signature"]),
                ("another key", five, note(9, seed=ANCHOR_SEED), good, b, ["note.unsigned"]),
                ("another log", five, note(9, origin=other_origin(world.origin)), good, b, ["note.unsigned"]),
            )
        ],
    }


def untold_vectors():
    """What lowers a bundle although nothing in it is wrong (ADR 28), and an entry of no log."""
    world = World(entries())
    w1 = vkey("witness.example.org/w1", 4, public(WITNESSES["w1"]))
    own = trust_of(world)["operatorKeys"]
    timeless = lambda t: cosign_line("witness.example.org/w2", WITNESSES["w2"], 0, t)

    def at_zero(who):
        text = checkpoint(ANCHOR, [leaf(t.encode()) for t in world.epochs])
        note = world.anchor_note(4, who) + timeless(text)
        return js({**world.bundle(2, 3), "anchor": proof_file(3, [leaf(t.encode()) for t in world.epochs], note)})

    nowhere = entries()
    nowhere[2] = entry(2, "access.data-accessed", {"recipients": []}, log=LOG)
    nowhere[2] = jcs({**json.loads(nowhere[2]), "log": None})
    none = World(nowhere)
    good = js(world.bundle(2, 3))
    s, w, j = "self-witnessed", "witnessed", ["witness.unjudged"]
    case = lambda note, text, keys, verdict, witnesses, codes, where=world: {
        "note": note, "bundle": text, "operatorKeys": keys, "origin": where.origin, "verdict": verdict, "witnesses": witnesses, "codes": codes,
    }
    return {
        "trust": trust_of(world),
        "cases": [
            case("nobody said whose the witnesses are", good, None, s, ["w1", "w2"], j),
            case("none of them is the operator's", good, [], w, ["w1", "w2"], []),
            case("another is the operator's", good, own, w, ["w1", "w2"], []),
            case("one of them is the operator's", good, [w1], s, ["w1", "w2"], []),
            case("nobody said it, and there is no quorum", js(world.bundle(2, 3, who=("w1",))), None, "anchored", [], []),
            case("a cosignature of the time 0 beside another", at_zero(("w1",)), own, "anchored", [], []),
            case("a cosignature of the time 0 beside two", at_zero(("w1", "own")), own, s, ["w1", "own"], []),
            case("an entry that says it belongs to no log", js({**none.bundle(2, 3), "openings": []}), own, "broken", [], ["entry.other-log"], none),
        ],
    }


def chain_vectors():
    """Exports against what was kept before, and entries that erase a key of their own (ADR 28)."""
    world = World(entries())
    three = checkpoint(world.origin, world.leaves[:3])
    three += "\n" + log_line(world.origin, LOG_SEED, three)
    four, nine = world.notes[1], world.notes[3]
    continued = sealed(world.export(4, epochs=[2, 3]))
    fork = [leaf(b"another") if n == 1 else x for n, x in enumerate(world.leaves)]
    forked = checkpoint(world.origin, fork[:7])
    forked += "\n" + log_line(world.origin, LOG_SEED, forked)
    name, body = "/actor/name", {"keys": [KEYS[0]], "class": None, "period": None, "rule": "erasure", "ground": "objection"}

    def erasing(keys, by):
        actor = {"kind": "user", "id": KEYS[0], "onBehalfOf": None, "name": commit(7, name, "Ada", KEYS[0])}
        data = entries()
        data[7] = entry(7, "log.erasure-ordered", {**body, "keys": keys}, actor=actor)
        other = World(data)
        lines = [{**x, "o": [{"path": name, "state": "erased", "by": by}]} if x.get("i") == 7 else x for x in other.export()]
        return sealed(lines), other.origin

    w, i, b = "witnessed", "incomplete", "broken"
    case = lambda note, text, kept, verdict, level, codes, origin=world.origin: {
        "note": note, "export": text, "kept": kept, "origin": origin, "verdict": verdict, "level": level, "codes": codes,
    }
    own, own_origin = erasing([KEYS[0]], 7)
    others, others_origin = erasing([KEYS[1]], 7)
    unnamed, unnamed_origin = erasing(None, 7)
    return {
        "trust": trust_of(world),
        "cases": [
            case("all that was kept is in it", sealed(world.export()), [three, four, nine], w, w, []),
            case("a head of another history among what was kept", sealed(world.export()), [three, forked], b, None, ["kept.root"]),
            case("continued, with what was kept from before", continued, [three, four], i, w, ["kept.before"]),
            case("continued, with nothing but what was kept from before", continued, [three], b, None, ["head.missing", "kept.before", "kept.missing"]),
            case("an entry that erases a key of its own", own, [], w, w, [], own_origin),
            case("an entry that erases another key than its own", others, [], b, w, ["field.not-erased"], others_origin),
            case("an entry that erases keys it does not name", unnamed, [], w, w, ["field.erased-unproven"], unnamed_origin),
        ],
    }


NUMBER = "/body/registerNumber"


def population_log(slot, log, number=None, country="DE", show=None, named=None, operator=OPERATOR):
    """What fills a slot, and what it stands for in the epoch's tree."""
    named = slot if named is None else named
    sealed_number = None if number is None else commit(100 + slot, NUMBER, number, KEYS[0])
    first = entry(0, "tenant.registered", {"slot": named, "operator": operator, "country": country, "registerNumber": sealed_number}, log=log)
    head = checkpoint(f"{operator}/t/{named}-{b32(H(first))}", [leaf(first), leaf(b"a later entry")])
    shown = [] if number is None else [opening(100 + slot, NUMBER, number)]
    return {"t": "slot", "s": slot, "key": b64(slot_key(slot)), "head": head, "entry": b64(first), "o": shown if show is None else show}


def population_vectors():
    epoch, slots = 2, 1024
    uuid = lambda n: f"{n:08d}-0000-4000-8000-000000000000"
    logs = {
        2: population_log(2, uuid(2), "HRB 1"), 7: population_log(7, uuid(7), "HRB 2"),
        500: population_log(500, uuid(5)), 1023: population_log(1023, uuid(9), "HRB 1", "AT"),
    }
    empty = lambda s: {"t": "slot", "s": s, "key": b64(slot_key(s))}

    def file(filled, who=("w1", "w2"), seed=ANCHOR_SEED, number=epoch, tree=None, witnesses=(), text_of=lambda t: t):
        heads = {s: x["head"] for s, x in (filled if tree is None else tree).items()}
        leaves = slot_leaves(epoch, slots, heads)
        text = epoch_text(epoch, START + 600 * epoch, slots, mth(leaves))
        texts = [epoch_text(e, START + 600 * e, slots, H(b"%d" % e)) for e in range(epoch)] + [text_of(text)]
        signed = checkpoint(ANCHOR, [leaf(t.encode()) for t in texts])
        cosigned = "".join(cosign_line(f"witness.example.org/{w}", WITNESSES[w], START + 600 * epoch + 5 + n, signed) for n, w in enumerate(who))
        note = signed + "\n" + log_line(ANCHOR, seed, signed) + cosigned
        anchor = proof_file(number, [leaf(t.encode()) for t in texts], note) if number == epoch else proof_file(epoch, [leaf(t.encode()) for t in texts], note).replace(f"index {epoch}", f"index {number}")
        lines = [{"candor": "population/v1", "epoch": text, "anchor": anchor, "witnesses": list(witnesses)}]
        return [js(x) for x in lines + [filled.get(s, empty(s)) for s in range(slots)]], leaves

    def ended(lines, count=None):
        text = "".join(x + "\n" for x in lines)
        return lines + [js({"t": "end", "lines": len(lines) if count is None else count, "sha256": b64(H(text.encode()))})]

    good_lines, good_leaves = file(logs)
    good = ended(good_lines)
    own = vkey("witness.example.org/own", 4, public(WITNESSES["own"]))

    def changed(edits):
        lines = list(good_lines)
        for n, line in edits.items():
            lines[n] = line
        return ended(lines)

    with_log = lambda *more, **opts: ended(file({**logs, **{x["s"]: x for x in more}}, **opts)[0])
    slot_line = lambda s, **m: js({**logs[s], **m})
    hidden = lambda state, **m: with_log(population_log(7, uuid(7), "HRB 2", show=[{"path": NUMBER, "state": state, **m}]))
    foreign = population_log(7, uuid(7), "HRB 2", operator="other.example")
    cases = [
        ("each slot is opened", good, "witnessed", "witnessed", []),
        ("a number that is erased", hidden("erased", by=4), "witnessed", "witnessed", ["population.unnumbered"]),
        ("an unknown country's number is another", with_log(population_log(8, uuid(8), "HRB 2", "LI")), "witnessed", "witnessed", []),
        ("a number withheld", hidden("withheld"), "incomplete", "witnessed", ["population.unnumbered"]),
        ("a number lost", hidden("lost"), "incomplete", "witnessed", ["population.unnumbered"]),
        ("no quorum", ended(file(logs, who=("w1",))[0]), "anchored", "anchored", []),
        ("a number twice, written in another way", with_log(population_log(8, uuid(8), "hrb\u00a01")), "broken", "witnessed", ["population.register-number"]),
        ("a log in two slots", with_log(population_log(8, uuid(2))), "broken", "witnessed", ["population.twice"]),
        ("a log that names another slot", with_log(population_log(8, uuid(8), named=9)), "broken", None, ["population.origin"]),
        ("a log of another operator", with_log(foreign), "broken", None, ["population.origin"]),
        ("another entry 0", changed({8: slot_line(7, entry=logs[500]["entry"], o=[])}), "broken", None, ["origin.entry"]),
        ("a number that is not shown", changed({8: slot_line(7, o=[])}), "broken", None, ["opening.missing"]),
        ("a number that is not there", changed({501: slot_line(500, o=[opening(600, NUMBER, "HRB 9")])}), "broken", None, ["opening.missing"]),
        ("another field shown", changed({8: slot_line(7, o=[opening(107, "/body/country", "DE")])}), "broken", None, ["opening.missing"]),
        ("another number shown", changed({8: slot_line(7, o=[opening(107, NUMBER, "HRB 3")])}), "broken", None, ["opening.commitment"]),
        ("the key of another slot", changed({1: js({**empty(0), "key": b64(slot_key(1))})}), "broken", None, ["slot.root"]),
        ("a log that is left out", changed({501: js(empty(500))}), "broken", None, ["slot.root"]),
        ("a log that is put in", ended(file({**logs, 8: population_log(8, uuid(8))}, tree=logs)[0]), "broken", None, ["slot.root"]),
        ("a short key", changed({1: js({**empty(0), "key": b64(bytes(31))})}), "broken", None, ["json.members"]),
        ("a member more", changed({1: js({**empty(0), "x": 1})}), "broken", None, ["json.members"]),
        ("white space", changed({1: js(empty(0)) + " "}), "broken", None, ["json.form"]),
        ("another version", changed({0: good_lines[0].replace("population/v1", "population/v2")}), "broken", None, ["json.members"]),
        ("two slots exchanged", changed({1: good_lines[2], 2: good_lines[1]}), "incomplete", None, ["population.gap"]),
        ("a slot twice", ended(good_lines[:2] + good_lines[1:]), "broken", None, ["population.order"]),
        ("a slot missing", ended(good_lines[:5] + good_lines[6:]), "incomplete", None, ["population.gap"]),
        ("the last slots missing", ended(good_lines[:-3]), "incomplete", None, ["population.gap"]),
        ("no end", good_lines, "incomplete", None, ["export.truncated"]),
        ("another count", ended(good_lines, 7), "broken", None, ["export.lines"]),
        ("another digest", good_lines + [js({"t": "end", "lines": len(good_lines), "sha256": b64(bytes(32))})], "broken", None, ["export.digest"]),
        ("a line after the end", good + [js(empty(0))], "broken", None, ["export.after-end"]),
        ("an epoch that is not in the anchor log", ended(file(logs, text_of=lambda t: t.replace("slots", "slot"))[0]), "broken", None, ["proof.root"]),
        ("the proof of another epoch", ended(file(logs, number=1)[0]), "broken", None, ["anchor.index"]),
        ("a signature of another key", ended(file(logs, seed=LOG_SEED)[0]), "broken", None, ["anchor.missing"]),
    ]

    def difference(lines):
        """How many of the good file's lines stand before and after what is another, apart from the end: its last line, and what follows."""
        at = next((n for n, x in enumerate(lines) if x.startswith('{"t":"end"')), len(lines))
        body, rest = lines[:at], lines[at:]
        head = next((n for n, (x, y) in enumerate(zip(body, good_lines)) if x != y), min(len(body), len(good_lines)))
        tail = 0
        while tail < min(len(body), len(good_lines)) - head and body[-1 - tail] == good_lines[-1 - tail]:
            tail += 1
        return {"before": head, "lines": body[head : len(body) - tail], "after": tail, "end": rest}

    return {
        "policy": policy_text(), "operatorKeys": [own], "epoch": epoch, "good": good_lines, "slots": b64(b"".join(good_leaves)),
        "cases": [{"note": n, **difference(x), "verdict": v, "level": l, "codes": c} for n, x, v, l, c in cases],
    }


VECTORS = {
    "tree": tree_vectors, "note": note_vectors, "mldsa": mldsa_vectors, "tile": tile_vectors, "proof-file": proof_file_vectors,
    "slot-tree": slot_tree_vectors, "epoch": epoch_vectors, "policy": policy_vectors, "bundle": bundle_vectors,
    "export": export_vectors, "receipt": receipt_vectors, "population": population_vectors,
    "tree-refused": tree_refused_vectors, "kept": kept_vectors, "untold": untold_vectors, "chain": chain_vectors,
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
