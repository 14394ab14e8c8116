// Command tlog checks what Shopfloor's record publishes with the libraries of the transparency-log world, and signs
// and proves something of its own for Shopfloor's verifier to check. It knows none of Shopfloor's code.
//
//	tlog CASE: CASE/logs/*/ are logs in tlog-tiles layout, beside them vkey, proofs.json, event.tlog-proof, seal.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	vkey, err := os.ReadFile(filepath.Join(folder, "vkey"))
	if err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(folder, "logs", "*"))
	if err != nil || len(logs) == 0 {
		return fmt.Errorf("no logs: %w", err)
	}
	for _, each := range logs {
		if err := checkLog(each, string(vkey)); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(each), err)
		}
		fmt.Println("log", filepath.Base(each), "checked")
	}
	if err := checkEventProof(folder, string(vkey)); err != nil {
		return fmt.Errorf("event.tlog-proof: %w", err)
	}
	fmt.Println("proof of one event checked")
	return writeForeign(folder)
}
