package store

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/dampak/dampak/internal/cooperation"
)

// slipKeyRow is the key with which this record seals the slips of its letters. It
// stands outside the log, which is copied to many: who has it can make letters
// that any Dampak calls genuine.
type slipKeyRow struct {
	Name string `db:"name"`
	Seed string `db:"seed"` // in hex
}

var slipKeys = Outside[slipKeyRow](Secret, "slip_keys", "name")

// SlipKey is a key that seals slips.
type SlipKey struct{ private ed25519.PrivateKey }

// Public is the half that checks.
func (k SlipKey) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Sign is Ed25519 with the key.
func (k SlipKey) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Text is the public key as a slip carries it.
func (k SlipKey) Text() string { return cooperation.SlipKeyText(k.Public()) }

// SlipKey gives the record's key, and makes it when it is first asked for.
func (s *Store) SlipKey(ctx context.Context) (SlipKey, error) {
	const name = "slip"
	var row slipKeyRow
	err := s.View(ctx, func(r *Reader) (err error) {
		row, _, err = slipKeys.Get(r, name)
		return err
	})
	if err == nil && row.Seed == "" {
		err = s.Aside(ctx, func(tx *Tx) error {
			seed := make([]byte, ed25519.SeedSize)
			if _, err := io.ReadFull(s.config.Random, seed); err != nil {
				return err
			}
			if _, err := slipKeys.Insert(tx, slipKeyRow{name, hex.EncodeToString(seed)}, "ON CONFLICT DO NOTHING"); err != nil {
				return err
			}
			row, _, err = slipKeys.Get(tx, name) // another process may have been first
			return err
		})
	}
	if err != nil {
		return SlipKey{}, err
	}
	seed, err := hex.DecodeString(row.Seed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return SlipKey{}, fmt.Errorf("the key of slips is not whole: %w", errUnfit)
	}
	return SlipKey{ed25519.NewKeyFromSeed(seed)}, nil
}
