package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	tproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// extra is what Shopfloor puts into the extra line of a tlog-proof: why the log's entry covers the record.
type extra struct {
	Leaf      uint64
	Path      []string
	Position  string
	Record    []byte
	Seal      string
	Timestamp uint64
}

// checkEventProof checks a tlog-proof by the specification, then from docs/auditing.md what its extra line says.
func checkEventProof(folder, vkey string) error {
	raw, err := os.ReadFile(filepath.Join(folder, "event.tlog-proof"))
	if err != nil {
		return err
	}
	var read tproof.TLogProof
	if err := read.Unmarshal(raw); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	checkpoint, _, _, err := log.ParseCheckpoint(read.Checkpoint, verifier.Name(), verifier)
	if err != nil {
		return err
	}
	var claim extra
	if err := json.Unmarshal(read.ExtraData, &claim); err != nil {
		return err
	}
	var path [][]byte
	for i := range read.Hashes {
		path = append(path, read.Hashes[i][:])
	}
	seal := rfc6962.DefaultHasher.HashLeaf([]byte(claim.Seal))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, read.Index, checkpoint.Size, seal, path, checkpoint.Hash); err != nil {
		return err
	}
	return claim.check()
}

func (e extra) check() error {
	cut := strings.LastIndex(e.Position, "/")
	offset, err := strconv.ParseUint(e.Position[cut+1:], 10, 64)
	if err != nil {
		return err
	}
	entry := binary.BigEndian.AppendUint64(nil, offset)
	entry = append(binary.BigEndian.AppendUint64(entry, e.Timestamp), e.Record...)
	path, err := decoded(e.Path)
	if err != nil {
		return err
	}
	place := strings.Replace(e.Position[:cut], "/", " ", 1) + " "
	for _, line := range strings.Split(e.Seal, "\n") {
		if rest, ok := strings.CutPrefix(line, place); ok {
			size, root, _ := strings.Cut(rest, " ")
			count, err := strconv.ParseUint(size, 10, 64)
			if err != nil {
				return err
			}
			expected, err := base64.StdEncoding.DecodeString(root)
			if err != nil {
				return err
			}
			return proof.VerifyInclusion(rfc6962.DefaultHasher, e.Leaf, count, rfc6962.DefaultHasher.HashLeaf(entry), path, expected)
		}
	}
	return fmt.Errorf("the seal does not name %s", place)
}

// writeForeign signs a checkpoint with a fresh key, lets a witness cosign it, and wraps it into a tlog-proof.
func writeForeign(folder string) error {
	secret, public, err := note.GenerateKey(nil, "foreign.example/log")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	witnessSecret, witnessPublic, err := note.GenerateKey(nil, "witness.example/w1")
	if err != nil {
		return err
	}
	witness, err := fnote.NewSignerForCosignatureV1(witnessSecret)
	if err != nil {
		return err
	}
	cosigner, err := fnote.VKeyToCosignatureV1(witnessPublic)
	if err != nil {
		return err
	}
	root := rfc6962.DefaultHasher.HashLeaf([]byte("entry"))
	text := log.Checkpoint{Origin: "foreign.example/log", Size: 1, Hash: root}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer, witness)
	if err != nil {
		return err
	}
	files := map[string]string{"foreign.vkey": public, "foreign.key": secret, "witness.vkey": cosigner, "foreign.note": string(signed)}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
