package api

import (
	"context"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Holds is what a dataset holds from now on.
type Holds struct {
	Columns    []Column `json:"columns" minItems:"1" maxItems:"2000"`
	Programmes []string `json:"programmes" maxItems:"500"`
	Regions    []string `json:"regions" minItems:"1" maxItems:"600"`
}

func (h Holds) dataset() registry.Dataset {
	d := registry.Dataset{Programmes: h.Programmes, Regions: h.Regions}
	for _, c := range h.Columns {
		d.Columns = append(d.Columns, registry.Column{Name: c.Name, Words: registry.Words(c.Words)})
	}
	return d
}

// RegisterDataset makes the entry of a dataset; rows follow by its versions.
type RegisterDataset struct {
	Organisation string `json:"organisation" maxLength:"200"`
	Name         string `json:"name" minLength:"1" maxLength:"500"`
	Class        string `json:"class" enum:"public,limited,personal"`
	Holds
	Given
}

// NewEntry replaces what the entry says.
type NewEntry struct {
	Holds
	OnObject
}

// OnVersion is a command on a version of the rows.
type OnVersion struct {
	Number int64 `json:"version_number" minimum:"1"`
	OnObject
}

func (d *door) datasetCommands() {
	const noun = "datasets"
	example := OnObject{Seen{12}, Given{Why: "unggahan triwulan II sudah diperiksa"}}
	holds := Holds{[]Column{{"desil", Words{"desil kesejahteraan", "welfare decile"}}, {"nilai", Words{"nilai bantuan, rupiah", "amount of assistance, rupiah"}}}, []string{someID}, []string{"3507"}}
	create(d, commanding(noun, datasetKind, "register", true), RegisterDataset{someID, "Penerima PKH Plus 2026", "limited", holds, example.Given},
		func(ctx context.Context, by store.By, b RegisterDataset) (string, event.Event, error) {
			entry := b.dataset()
			entry.Owner, entry.Name, entry.Class = b.Organisation, b.Name, registry.Class(b.Class)
			return d.record.RegisterDataset(ctx, by, entry)
		})
	act(d, commanding(noun, datasetKind, "new-version", false), NewEntry{holds, example}, func(ctx context.Context, by store.By, id string, b NewEntry) (event.Event, error) {
		return d.record.NewDatasetVersion(ctx, by, id, b.dataset())
	})
	act(d, commanding(noun, datasetKind, "withdraw", false), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
		return d.record.WithdrawDataset(ctx, by, id)
	})
	for command, do := range map[string]func(context.Context, store.By, string, int64) (event.Event, error){
		"accept-version": d.record.AcceptDatasetVersion, "withdraw-version": d.record.WithdrawDatasetVersion,
	} {
		act(d, commanding(noun, datasetKind, command, false).bySecond(), OnVersion{2, example}, func(ctx context.Context, by store.By, id string, b OnVersion) (event.Event, error) {
			return do(ctx, by, id, b.Number)
		})
	}
	d.uploads()
	if d.held == nil {
		return
	}
	answering(d, commanding(noun, datasetKind, "erase-person", false), ErasePerson{Kind: "nik", Pseudonym: somePseudonym, Key: &Key{1, "k4f0a1b2"}, OnObject: OnObject{Seen{12}, Given{Why: "permintaan hapus nomor 12/2026"}}},
		func(ctx context.Context, by store.By, id string, b ErasePerson) (Erased, error) {
			who, err := b.person(d.held)
			if err != nil {
				return Erased{}, err
			}
			done, err := d.record.ErasePerson(ctx, by, id, intake.Eraser(d.record.Contents(), who))
			if err != nil {
				return Erased{}, err
			}
			return erasedOf(done), nil
		})
}

// somePseudonym is what an example names.
const somePseudonym = "abcdefghijklmnopabcdefghijklmnop"

// ErasePerson takes a person out of all versions: by the number, which is in memory
// alone, or by the pseudonym and the key of its column.
type ErasePerson struct {
	Kind      string `json:"kind" enum:"nik,kk,member"`
	Value     string `json:"value,omitempty" maxLength:"100"`
	Pseudonym string `json:"pseudonym,omitempty" maxLength:"100"`
	Key       *Key   `json:"key,omitempty"`
	OnObject
}

// Key names a key of pseudonyms; it is no secret.
type Key struct {
	Number int    `json:"key_number" minimum:"1"`
	ID     string `json:"key_id" maxLength:"100"`
}

func (b ErasePerson) person(ring func() (*identity.Ring, error)) (*identity.Person, error) {
	switch {
	case (b.Value == "") == (b.Pseudonym == ""):
		return nil, problem.New("api-person", "field", "value")
	case b.Pseudonym != "" && b.Key == nil:
		return nil, problem.New("api-person-key", "field", "key")
	}
	keys, err := ring()
	if err != nil {
		return nil, err
	}
	if b.Value != "" {
		return keys.PersonOf(identity.Kind(b.Kind), b.Value)
	}
	return keys.PersonUnder(identity.Kind(b.Kind), b.Pseudonym, identity.Key{Number: b.Key.Number, ID: b.Key.ID})
}

// Erased is what came of erasing a person. The rows are gone from the versions of
// before; backups that hold them are removed.
type Erased struct {
	Done
	Versions []ErasedVersion `json:"versions_erased"`
	Rows     int64           `json:"rows"`
	Backups  []string        `json:"backups"`
}

// ErasedVersion is a version that is gone, and the one in its place; 0: none.
type ErasedVersion struct {
	Number int64 `json:"version_number"`
	Made   int64 `json:"replacement"`
}

func erasedOf(e store.ErasedPerson) Erased {
	out := Erased{Done: done(e.Event), Versions: []ErasedVersion{}, Rows: e.Rows, Backups: texts(e.Backups)}
	for i, n := range e.Erased {
		out.Versions = append(out.Versions, ErasedVersion{n, e.Made[i]})
	}
	return out
}
