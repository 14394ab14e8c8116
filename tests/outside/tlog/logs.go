package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// proofs are those that Shopfloor made from its tiles, for the size of the checkpoint.
type proofs struct {
	Inclusion []struct {
		Index int64
		Leaf  []byte
		Path  [][]byte
	}
	Consistency []struct {
		Old  int64
		Root []byte
		Path [][]byte
	}
}

// checkLog lets Tessera re-derive every tile and the root from the entries, then compares each proof with those that
// golang.org/x/mod makes from the same tiles and verifies it with github.com/transparency-dev/merkle.
func checkLog(folder, vkey string) error {
	checkpoint, err := fsckLog(folder, vkey)
	if err != nil {
		return fmt.Errorf("fsck: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, "proofs.json"))
	if err != nil {
		return err
	}
	var made proofs
	if err := json.Unmarshal(raw, &made); err != nil {
		return err
	}
	size := int64(checkpoint.Size)
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: tlog.Hash(checkpoint.Hash)}, tiles{folder})
	for _, each := range made.Inclusion {
		theirs, err := tlog.ProveRecord(size, each.Index, hashes)
		if err != nil {
			return err
		}
		if !same(each.Path, theirs) {
			return fmt.Errorf("another path for leaf %d of %d", each.Index, size)
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(each.Index), checkpoint.Size, each.Leaf, each.Path, checkpoint.Hash); err != nil {
			return err
		}
	}
	for _, each := range made.Consistency {
		theirs, err := tlog.ProveTree(size, each.Old, hashes)
		if err != nil {
			return err
		}
		if !same(each.Path, theirs) {
			return fmt.Errorf("another consistency proof from %d to %d", each.Old, size)
		}
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(each.Old), checkpoint.Size, each.Path, each.Root, checkpoint.Hash); err != nil {
			return err
		}
	}
	return nil
}

func fsckLog(folder, vkey string) (*log.Checkpoint, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(folder, layout.CheckpointPath))
	if err != nil {
		return nil, err
	}
	checkpoint, extra, _, err := log.ParseCheckpoint(raw, verifier.Name(), verifier)
	if err != nil {
		return nil, err
	}
	if len(extra) != 0 {
		return nil, fmt.Errorf("the checkpoint has extension lines")
	}
	source := &client.FileFetcher{Root: folder}
	// A worker ends at its first bad tile, and with none left the check would wait for ever: more workers than tiles.
	workers := fsck.Opts{N: 64}
	return checkpoint, fsck.New(verifier.Name(), verifier, source, leaves, workers).Check(context.Background())
}

func leaves(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func same(ours [][]byte, theirs []tlog.Hash) bool {
	if len(ours) != len(theirs) {
		return false
	}
	for i := range ours {
		if !bytes.Equal(ours[i], theirs[i][:]) {
			return false
		}
	}
	return true
}

// tiles lets golang.org/x/mod read tiles whose paths Tessera spells.
type tiles struct{ folder string }

func (t tiles) Height() int { return layout.TileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, each := range wanted {
		raw, err := os.ReadFile(filepath.Join(t.folder, layout.TilePath(uint64(each.L), uint64(each.N), uint8(each.W))))
		if err != nil {
			return nil, err
		}
		read = append(read, raw)
	}
	return read, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func decoded(texts []string) ([][]byte, error) {
	var raw [][]byte
	for _, each := range texts {
		value, err := base64.StdEncoding.DecodeString(each)
		if err != nil {
			return nil, err
		}
		raw = append(raw, value)
	}
	return raw, nil
}
