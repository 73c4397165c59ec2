package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

const datasetKind = "dataset"

// DatasetHead is what lists and the one dataset say alike. No row of a dataset
// leaves by the API.
type DatasetHead struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Organisation string            `json:"organisation"`
	Region       string            `json:"region"`
	Class        string            `json:"class" enum:"public,limited,personal"`
	State        string            `json:"state" enum:"active,withdrawn"`
	Programmes   []string          `json:"programmes"`
	Regions      []string          `json:"regions"`
	Version      int64             `json:"entry_version"`
	Names        map[string]string `json:"names"`
	Revision     int64             `json:"revision"`
	Example      bool              `json:"example"`
}

// DatasetLine is a dataset as a list shows it, with the version in use.
type DatasetLine struct {
	DatasetHead
	Current *VersionLine `json:"current,omitempty"`
	Waiting int          `json:"versions_waiting"`
}

// Dataset is one dataset with all its versions, the oldest first.
type Dataset struct {
	DatasetHead
	Columns   []Column     `json:"columns"`
	Withdrawn *Withdrawal  `json:"withdrawn,omitempty"`
	Versions  []RowVersion `json:"versions"`
	// Unseen are the columns of which the caller is told nothing, for a study of theirs
	// that is not registered names them as outcomes; "*": all.
	Unseen   []string `json:"unseen_columns"`
	Commands []string `json:"commands"`
}

// Column is a column of a dataset.
type Column struct {
	Name  string `json:"name" maxLength:"63"`
	Words Words  `json:"words"`
}

// Withdrawal says that something is not to be used any more; the user is empty
// where the program itself took it out of use.
type Withdrawal struct {
	User   string    `json:"user"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// VersionLine is what a version of the rows of a dataset holds.
type VersionLine struct {
	Number    int64    `json:"number"`
	State     string   `json:"state" enum:"staged,accepted,superseded,withdrawn,erased"`
	Rows      int64    `json:"rows"`
	Rejected  int64    `json:"rejected"`
	Regions   []string `json:"regions"`
	First     string   `json:"first_period"`
	Last      string   `json:"last_period"`
	Retention string   `json:"retention"`
	SHA256    string   `json:"sha256"`
}

// RowVersion is a version with where it comes from and what became of it.
type RowVersion struct {
	VersionLine
	File       string      `json:"file_name"`
	FileSHA256 string      `json:"file_sha256"`
	Contract   string      `json:"contract_sha256"`
	Quality    string      `json:"quality_sha256"`
	Class      string      `json:"class" enum:"public,limited,personal"`
	Columns    []Column    `json:"columns"`
	Keys       []Pseudonym `json:"keys"`
	Purpose    string      `json:"purpose"`
	LegalBasis string      `json:"legal_basis"`
	Supersedes int64       `json:"supersedes"`
	Replaces   int64       `json:"replaces"`
	Staged     Mark        `json:"staged"`
	Accepted   *Mark       `json:"accepted,omitempty"`
	Withdrawn  *Withdrawal `json:"withdrawn,omitempty"`
	Erased     *Erasure    `json:"erased,omitempty"`
	Offer      *Offer      `json:"offer,omitempty"`
}

// Pseudonym says under which key a column of pseudonyms stands.
type Pseudonym struct {
	Column string `json:"column"`
	Number int    `json:"key_number"`
	ID     string `json:"key_id"`
}

// Erasure says that the rows of a version are gone, and what came in their place.
type Erasure struct {
	Withdrawal
	Cause       string `json:"cause" enum:"person,retention"`
	Rows        int64  `json:"rows"`
	Replacement int64  `json:"replacement"`
}

// Offer is what the caller may do with something that takes a second person, and
// who else that may be.
type Offer struct {
	Accept   bool     `json:"accept"`
	Withdraw bool     `json:"withdraw"`
	Others   []string `json:"others"`
}

// Coverage is what a version covers: how many rows by region and period, where
// small counts of persons are hidden.
type Coverage struct {
	Cells []CoverageCell `json:"cells"`
}

// CoverageCell is how many rows are of a region in a period; empty: the rows name
// none. Few: some, fewer than ten, and rows is 0.
type CoverageCell struct {
	Region string `json:"region"`
	Period string `json:"period"`
	Rows   int64  `json:"rows"`
	Few    bool   `json:"few"`
}

func columnsOfDataset(all []registry.Column) []Column {
	out := make([]Column, len(all))
	for i, c := range all {
		out[i] = Column{c.Name, Words(c.Words)}
	}
	return out
}

func withdrawalOf(w *registry.Withdrawal) *Withdrawal {
	if w == nil {
		return nil
	}
	return &Withdrawal{w.User, w.At, w.Reason}
}

func markOfHand(h registry.Hand) Mark { return Mark{h.User, string(h.Via), h.At} }

func versionLine(v registry.DatasetVersion) VersionLine {
	return VersionLine{v.Number, string(v.State), v.Rows, v.Rejected, texts(v.Regions), v.First, v.Last, string(v.Retention), v.Content}
}

func versionOf(v registry.DatasetVersion) RowVersion {
	out := RowVersion{VersionLine: versionLine(v), File: v.File, FileSHA256: v.SHA256, Contract: v.Contract, Quality: v.Quality, Class: string(v.Class), Columns: columnsOfDataset(v.Columns),
		Keys: []Pseudonym{}, Purpose: v.Purpose, LegalBasis: v.LegalBasis, Supersedes: v.Supersedes, Replaces: v.Replaces, Staged: markOfHand(v.Staged), Withdrawn: withdrawalOf(v.Withdrawn)}
	for _, k := range v.Keys {
		out.Keys = append(out.Keys, Pseudonym(k))
	}
	if v.Accepted != nil {
		m := markOfHand(*v.Accepted)
		out.Accepted = &m
	}
	if e := v.Erased; e != nil {
		out.Erased = &Erasure{Withdrawal{e.User, e.At, e.Reason}, string(e.Cause), e.Rows, e.Replacement}
	}
	return out
}

func (c caller) datasetHead(d registry.Dataset, names map[string]string, revision int64) DatasetHead {
	return DatasetHead{ID: d.ID, Name: d.Name, Organisation: d.Owner, Region: d.Region, Class: string(d.Class), State: d.State(), Programmes: texts(d.Programmes), Regions: texts(d.Regions),
		Version: d.Version, Names: names, Revision: revision, Example: c.example}
}

func (c caller) datasetLine(d registry.Dataset, offices map[string]string, revision int64) DatasetLine {
	out := DatasetLine{DatasetHead: c.datasetHead(d, map[string]string{d.Owner: offices[d.Owner]}, revision)}
	if v, ok := d.Current(); ok {
		line := versionLine(v)
		out.Current = &line
	}
	for _, v := range d.Versions {
		if v.State == registry.Staged {
			out.Waiting++
		}
	}
	return out
}

// dataset is the one, with what the caller may do.
func (c caller) dataset(r *store.Reader, d registry.Dataset, revision int64) (Dataset, error) {
	names, err := c.offices(r, []string{d.Owner})
	if err != nil {
		return Dataset{}, err
	}
	for _, id := range d.Programmes {
		p, ok, err := store.ProgrammeOf(r, id)
		if err != nil {
			return Dataset{}, err
		}
		if ok {
			names[id] = inLang(c.lang, p.Names)
		}
	}
	out := Dataset{DatasetHead: c.datasetHead(d, names, revision), Columns: columnsOfDataset(d.Columns), Withdrawn: withdrawalOf(d.Withdrawn), Versions: []RowVersion{}}
	var users []string
	for _, v := range d.Versions {
		out.Versions = append(out.Versions, versionOf(v))
		users = append(users, v.Staged.User)
		if v.Accepted != nil {
			users = append(users, v.Accepted.User)
		}
	}
	people, err := store.NamesOf(r, users)
	if err != nil {
		return Dataset{}, err
	}
	for id, name := range people {
		names[id] = name
	}
	offers, err := store.VersionOffers(r, c.Standing, d)
	if err != nil {
		return Dataset{}, err
	}
	unseen, err := store.UnseenOf(r, c.User, d.ID)
	if err != nil {
		return Dataset{}, err
	}
	out.Unseen = texts(unseen.Columns)
	out.Commands = c.commandsAt(datasetKind, d.State(), c.object, "")
	for _, one := range []struct {
		command string
		may     func(store.VersionOffer) bool
	}{
		{"accept-version", func(o store.VersionOffer) bool { return o.Accept }},
		{"withdraw-version", func(o store.VersionOffer) bool { return o.Withdraw }},
	} {
		out.Commands = slices.DeleteFunc(out.Commands, func(name string) bool { return name == one.command })
		if slices.ContainsFunc(offers, one.may) && c.writes() {
			out.Commands = append(out.Commands, one.command)
		}
	}
	for _, o := range offers {
		out.Versions[o.Number-1].Offer = &Offer{o.Accept, o.Withdraw, texts(o.Others)}
	}
	return out, nil
}

// DatasetFilter picks datasets. Region: they cover a part of it. Waiting: a version
// waits for the caller to accept it.
type DatasetFilter struct {
	Paging
	Organisation string `query:"organisation" maxLength:"200"`
	Class        string `query:"class" enum:"public,limited,personal"`
	State        string `query:"state" enum:"active,withdrawn"`
	Programme    string `query:"programme" maxLength:"200"`
	Region       string `query:"region" maxLength:"20"`
	Name         string `query:"name" maxLength:"200"`
	Waiting      bool   `query:"waiting"`
}

func (f DatasetFilter) keeps(d registry.Dataset) bool {
	return (f.Organisation == "" || f.Organisation == d.Owner) && (f.Class == "" || f.Class == string(d.Class)) && (f.State == "" || f.State == d.State()) &&
		(f.Programme == "" || slices.Contains(d.Programmes, f.Programme)) && strings.Contains(strings.ToLower(d.Name), strings.ToLower(f.Name)) &&
		(f.Region == "" || slices.ContainsFunc(d.Regions, func(r string) bool { return registry.Within(r, f.Region) || registry.Within(f.Region, r) }))
}

// datasetsIn are the pieces of a list of datasets.
func datasetsIn(r *store.Reader, c caller, f DatasetFilter) func(store.Page) ([]registry.Dataset, error) {
	if !f.Waiting {
		return func(p store.Page) ([]registry.Dataset, error) { return store.Datasets(r, c.Standing, p) }
	}
	return func(p store.Page) ([]registry.Dataset, error) {
		waiting, err := store.VersionsToAccept(r, c.Standing)
		var all []registry.Dataset
		for _, w := range waiting {
			if last := len(all) - 1; w.Dataset.ID > p.After && (last < 0 || all[last].ID != w.Dataset.ID) && len(all) < p.Most {
				all = append(all, w.Dataset)
			}
		}
		return all, err
	}
}

// ofVersion names a version of the rows of a dataset.
type ofVersion struct {
	ID     string `path:"id" maxLength:"200"`
	Number int64  `path:"number" minimum:"1"`
}

// version finds a version that the door has let through to.
func version(r *store.Reader, in ofVersion) (registry.DatasetVersion, error) {
	d, _, err := store.DatasetOf(r, in.ID)
	if err != nil {
		return registry.DatasetVersion{}, err
	}
	if in.Number > int64(len(d.Versions)) {
		return registry.DatasetVersion{}, problem.New("version-unknown", "number", in.Number, "last", len(d.Versions))
	}
	return d.Versions[in.Number-1], nil
}

// readVersion declares a read of something about a version.
func readVersion[T any](d *door, below, id string, look func(caller, registry.DatasetVersion, store.Unseen) (T, error)) {
	o := reading("datasets", datasetKind, true, false, access.DatasetRead).under("/versions/{number}"+below, id)
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *ofVersion) (*answer[T], error) {
		out := new(answer[T])
		if err := d.record.View(ctx, func(r *store.Reader) error {
			v, err := version(r, *in)
			if err != nil {
				return err
			}
			c := calling(ctx)
			c.object = operating(ctx).places
			unseen, err := store.UnseenOf(r, c.User, in.ID)
			if err != nil {
				return err
			}
			out.Body, err = look(c, v, unseen)
			return err
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		return out, nil
	})
}

// content reads a content of the record whole, so that its hash is checked before
// anything of it leaves.
func (d *door) content(hash string) ([]byte, error) {
	return d.record.Contents().Read(hash)
}

func (d *door) datasets() {
	const noun = "datasets"
	shelf[DatasetFilter, registry.Dataset, DatasetLine]{
		noun: noun, kind: datasetKind, right: access.DatasetRead, pieces: datasetsIn,
		id:   func(x registry.Dataset) string { return x.ID },
		keep: func(_ caller, f DatasetFilter, x registry.Dataset) bool { return f.keeps(x) },
		show: func(c caller, r *store.Reader, all []registry.Dataset) (func(registry.Dataset, int64) DatasetLine, error) {
			var ids []string
			for _, x := range all {
				ids = append(ids, x.Owner)
			}
			names, err := c.offices(r, ids)
			return func(x registry.Dataset, revision int64) DatasetLine { return c.datasetLine(x, names, revision) }, err
		},
	}.list(d)
	read(d, reading(noun, datasetKind, true, false, access.DatasetRead), func(r *store.Reader, c caller, id string) (Dataset, error) {
		x, _, err := store.DatasetOf(r, id)
		if err != nil {
			return Dataset{}, err
		}
		last, err := r.Last(event.Object{Kind: datasetKind, ID: id})
		if err != nil {
			return Dataset{}, err
		}
		return c.dataset(r, x, last.Seq)
	})
	readVersion(d, "", "read-version", func(_ caller, v registry.DatasetVersion, _ store.Unseen) (RowVersion, error) {
		return versionOf(v), nil
	})
	readVersion(d, "/contract", "read-contract", func(_ caller, v registry.DatasetVersion, unseen store.Unseen) (json.RawMessage, error) {
		text, err := d.content(v.Contract)
		if err != nil || len(unseen.Columns) == 0 {
			return text, err
		}
		k, err := contract.Parse(text, "")
		if err != nil {
			return nil, err
		}
		return k.Without(unseen.Hides).JSON(), nil
	})
	readVersion(d, "/coverage", "read-coverage", func(_ caller, v registry.DatasetVersion, _ store.Unseen) (Coverage, error) {
		cells, err := store.CoverageOf(d.record.Contents(), v)
		out := Coverage{[]CoverageCell{}}
		for _, x := range cells {
			out.Cells = append(out.Cells, CoverageCell(x))
		}
		return out, err
	})
	readVersion(d, "/quality", "read-quality", d.quality)
	d.changes()
	d.datasetCommands()
}
