package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
)

// pseudonymBytes is how much of an HMAC is kept: 128 bits, half of it, as RFC
// 2104 section 5 allows. Among 10^9 persons the chance that any two share one is
// about 10^-21.
const pseudonymBytes = 16

// PseudonymLength is the number of letters of a pseudonym.
const PseudonymLength = 2 * pseudonymBytes

// Hasher makes pseudonyms of one kind. It is for one goroutine.
type Hasher struct {
	kind Kind
	keys []hash.Hash
	sum  [sha256.Size]byte
	out  [PseudonymLength]byte
	head []byte
}

// Hasher gives a maker of pseudonyms of a hashable kind under the newest key.
func (r *Ring) Hasher(k Kind) *Hasher { return r.hasher(k, 0, len(r.keys)) }

// hasher works from the pseudonyms of one number of keys to those of another.
func (r *Ring) hasher(k Kind, from, to int) *Hasher {
	if !k.Hashable() {
		panic("identity: no pseudonym of a " + string(k))
	}
	h := &Hasher{kind: k, head: make([]byte, 0, 128)} // room for what is hashed
	h.head = append(append(append(h.head, "dampak/1/"...), k...), 0)
	for _, key := range r.keys[from:to] {
		h.keys = append(h.keys, hmac.New(sha256.New, key.secret))
	}
	return h
}

// Sum gives the pseudonym of a value as Normal spells it.
func (h *Hasher) Sum(normal string) string {
	return h.run(append(h.head, normal...))
}

// Of spells a value and gives its pseudonym; false when Normal gives none.
func (h *Hasher) Of(value string) (string, bool) {
	normal, ok := Normal(h.kind, value)
	if !ok {
		return "", false
	}
	return h.Sum(normal), true
}

func (h *Hasher) run(message []byte) string {
	for _, key := range h.keys {
		key.Reset()
		key.Write(message)
		sum := key.Sum(h.sum[:0])[:pseudonymBytes]
		for i, b := range sum {
			h.out[2*i], h.out[2*i+1] = 'a'+b>>4, 'a'+b&15
		}
		message = append(message[:len(h.head)], h.out[:]...) // the next key's message
	}
	return string(h.out[:])
}

// Pseudonym tells whether a text has the form of a pseudonym.
func Pseudonym(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'p' {
			return false
		}
	}
	return len(s) == PseudonymLength
}

// Rotator brings pseudonyms of an older key to the newest. It is for one
// goroutine.
type Rotator struct{ h *Hasher }

// Rotate gives a rotator for a column of a kind that stands under a key. Errors:
// a problem when the ring does not have that key.
func (r *Ring) Rotate(k Kind, column Key) (*Rotator, error) {
	if err := r.Holds(column); err != nil {
		return nil, err
	}
	return &Rotator{r.hasher(k, column.Number, len(r.keys))}, nil
}

// Next gives the pseudonym under the newest key of one under the older; false
// for what is no pseudonym. What stands under the newest key already stays.
func (r *Rotator) Next(pseudonym string) (string, bool) {
	if !Pseudonym(pseudonym) {
		return "", false
	}
	if len(r.h.keys) == 0 {
		return pseudonym, true
	}
	return r.h.run(append(r.h.head, pseudonym...)), true
}
