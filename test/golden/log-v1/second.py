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


VECTORS = {
    "tree": tree_vectors, "note": note_vectors, "mldsa": mldsa_vectors, "tile": tile_vectors, "proof-file": proof_file_vectors,
    "slot-tree": slot_tree_vectors, "epoch": epoch_vectors, "policy": policy_vectors,
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
