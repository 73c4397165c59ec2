package identity

import (
	"slices"

	"github.com/dampak/dampak/internal/problem"
)

// Person is one person, family or account as they stand in columns of pseudonyms, for
// finding their rows: nobody's number is in it. It is made and gone in memory.
type Person struct {
	kind Kind
	ring *Ring
	of   map[int]string // pseudonym by the number of its key, for the keys from the first that is known
}

// PersonOf finds who has a number, or a name, in columns of a kind, whatever key they
// stand under. Errors: the problem erase-number where it is none of the kind; the
// value stands in no error.
func (r *Ring) PersonOf(k Kind, value string) (*Person, error) {
	if !k.Hashable() {
		return nil, problem.New("erase-kind", "found", string(k))
	}
	normal, ok := Normal(k, value)
	if !ok || (k == NIK || k == KK) && len(normal) != 16 {
		return nil, problem.New("erase-number", "field", "value")
	}
	p := &Person{k, r, map[int]string{}}
	for n := range r.keys {
		p.of[n+1] = r.hasher(k, 0, n+1).Sum(normal)
	}
	return p, nil
}

// PersonUnder finds who stands under a pseudonym in a column of a key. Errors: as
// Holds, or the problem erase-pseudonym where it is none.
func (r *Ring) PersonUnder(k Kind, pseudonym string, column Key) (*Person, error) {
	if !k.Hashable() {
		return nil, problem.New("erase-kind", "found", string(k))
	}
	if err := r.Holds(column); err != nil {
		return nil, err
	}
	if !Pseudonym(pseudonym) {
		return nil, problem.New("erase-pseudonym", "field", "pseudonym", "letters", PseudonymLength)
	}
	p := &Person{k, r, map[int]string{column.Number: pseudonym}}
	for n := column.Number + 1; n <= len(r.keys); n++ {
		h := r.hasher(k, column.Number, n)
		p.of[n] = h.run(append(h.head, pseudonym...))
	}
	return p, nil
}

// Kind is the kind of the columns in which the person is looked for.
func (p *Person) Kind() Kind { return p.kind }

// String keeps pseudonyms out of %v and %+v.
func (p *Person) String() string { return "identity.Person of kind " + string(p.kind) }

// GoString keeps pseudonyms out of %#v.
func (p *Person) GoString() string { return p.String() }

// In gives the person's pseudonym in a column of a key. Where only that under a later
// key is known, it is looked for among all pseudonyms of the column; false where it
// is not among them. Errors: as Holds, or that of all.
func (p *Person) In(column Key, all func() ([]string, error)) (string, bool, error) {
	if err := p.ring.Holds(column); err != nil {
		return "", false, err
	}
	if known, ok := p.of[column.Number]; ok {
		return known, true, nil
	}
	later := len(p.ring.keys)
	for n := range p.of {
		later = min(later, n)
	}
	found, err := all()
	if err != nil {
		return "", false, err
	}
	h := p.ring.hasher(p.kind, column.Number, later)
	i := slices.IndexFunc(found, func(old string) bool { return Pseudonym(old) && h.run(append(h.head, old...)) == p.of[later] })
	if i < 0 {
		return "", false, nil
	}
	return found[i], true, nil
}
