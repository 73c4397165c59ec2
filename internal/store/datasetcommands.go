package store

import (
	"context"
	"errors"
	"regexp"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on datasets and their versions. Each gives the event it led to;
// errors: *Stale, *access.Denial, a problem that says why not.

// RegisterDataset makes the entry of a dataset and gives its id; see
// registry.RegisterDataset.
func (s *Store) RegisterDataset(ctx context.Context, by By, d registry.Dataset) (string, event.Event, error) {
	return s.made(ctx, by, datasetKind, func(a acting, id string) (registry.Change, error) {
		return a.registerDataset(id, d)
	})
}

// RegisterDatasetWith makes the entry of a dataset together with its first version,
// in one event: there is no entry without the rows for which it was made. Where the
// owner has an active dataset of that name meanwhile, the version is staged there. It
// gives the dataset's id and the number of the version.
func (s *Store) RegisterDatasetWith(ctx context.Context, by By, d registry.Dataset, v registry.DatasetVersion) (string, int64, event.Event, error) {
	number := int64(1)
	id, e, err := s.made(ctx, by, datasetKind, func(a acting, id string) (registry.Change, error) {
		made, err := a.registerDataset(id, d)
		if err != nil {
			return made, err
		}
		staged, err := made.After.(registry.Dataset).Stage(v, registry.HandOf(a.by.Actor, a.Now()))
		return registry.Change{Type: made.Type, After: staged.After}, err
	})
	if list := problem.Of(err); len(list) != 1 || list[0].Code != "dataset-twice" {
		return id, number, e, err
	}
	var there string
	err = errors.Join(s.View(ctx, func(r *Reader) error {
		others, err := entries[registry.Dataset](r, datasets, "WHERE organisation = $1 ORDER BY id", d.Owner)
		for _, other := range others {
			if other.State() == "active" && other.Named(d.Name) {
				there = other.ID
			}
		}
		return err
	}))
	if err != nil {
		return "", 0, event.Event{}, err
	}
	by.Seen = Whatever
	number, e, err = s.StageDatasetVersion(ctx, by, there, v)
	return there, number, e, err
}

func (a acting) registerDataset(id string, d registry.Dataset) (registry.Change, error) {
	owner, err := a.owner(datasetKind, "register", d.Owner)
	if err != nil {
		return registry.Change{}, err
	}
	others, err := entries[registry.Dataset](a, datasets, "WHERE organisation = $1", owner.ID)
	if err != nil {
		return registry.Change{}, err
	}
	known, err := a.known(d.Programmes)
	if err != nil {
		return registry.Change{}, err
	}
	d.ID = id
	return registry.RegisterDataset(d, owner, others, known)
}

// NewDatasetVersion says what a dataset holds from now on: columns, programmes and
// regions of next.
func (s *Store) NewDatasetVersion(ctx context.Context, by By, id string, next registry.Dataset) (event.Event, error) {
	return s.onDataset(ctx, by, id, "new-version", func(a acting, d registry.Dataset) (registry.Change, error) {
		known, err := a.known(next.Programmes)
		if err != nil {
			return registry.Change{}, err
		}
		return d.NewVersion(next, known)
	})
}

// WithdrawDataset takes a dataset out of use, for the reason in by.
func (s *Store) WithdrawDataset(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onDataset(ctx, by, id, "withdraw", func(a acting, d registry.Dataset) (registry.Change, error) {
		return d.Withdraw(a.by.Actor.User, a.by.Why, a.Now())
	})
}

// StageDatasetVersion adds rows that came in, whose contents are kept already; see
// registry.Dataset.Stage. It gives the number of the version.
func (s *Store) StageDatasetVersion(ctx context.Context, by By, id string, v registry.DatasetVersion) (int64, event.Event, error) {
	var number int64
	e, err := s.onDataset(ctx, by, id, "new-version", func(a acting, d registry.Dataset) (registry.Change, error) {
		number = int64(len(d.Versions)) + 1
		return d.Stage(v, registry.HandOf(a.by.Actor, a.Now()))
	})
	return number, e, err
}

// AcceptDatasetVersion puts a staged version into use; it takes a second person
// (mayBeSecond).
func (s *Store) AcceptDatasetVersion(ctx context.Context, by By, id string, number int64) (event.Event, error) {
	return s.secondOnVersion(ctx, by, id, number, "accept-version", func(a acting, d registry.Dataset) (registry.Change, error) {
		return d.AcceptVersion(number, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// WithdrawDatasetVersion takes a version out of use, for the reason in by; it takes
// a second person unless the version only waits.
func (s *Store) WithdrawDatasetVersion(ctx context.Context, by By, id string, number int64) (event.Event, error) {
	return s.secondOnVersion(ctx, by, id, number, "withdraw-version", func(a acting, d registry.Dataset) (registry.Change, error) {
		return d.WithdrawVersion(number, registry.HandOf(a.by.Actor, a.Now()), a.by.Why)
	})
}

func (s *Store) secondOnVersion(ctx context.Context, by By, id string, number int64, command string, decide func(acting, registry.Dataset) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: datasetKind, ID: id}, func(a acting) (registry.Change, error) {
		d, err := a.dataset(id)
		if err != nil {
			return registry.Change{}, err
		}
		if number < 1 || number > int64(len(d.Versions)) {
			if err := a.may(datasetKind, command, d.Region, d.Owner); err != nil {
				return registry.Change{}, err
			}
			return decide(a, d) // says that there is none
		}
		v := d.Versions[number-1]
		alone := command == "withdraw-version" && v.State == registry.Staged && a.may(datasetKind, command, d.Region, d.Owner) == nil
		if !alone {
			if err := a.mayBeSecond(command, broughtVersion(d, v), "version-own", "version-office-first", "number", v.Number); err != nil {
				return registry.Change{}, err
			}
		}
		return decide(a, d)
	})
}

// Rewrite takes a person out of the rows of a version and keeps what is left as a
// new content; Removed and Cells are 0 where the person is not among them.
type Rewrite func(ctx context.Context, v registry.DatasetVersion) (registry.Rewritten, error)

// ErasedPerson is what came of erasing a person.
type ErasedPerson struct {
	Event   event.Event
	Erased  []int64  // numbers of the versions that are gone
	Made    []int64  // of those in their place, 0: nothing is left; as Erased
	Rows    int64    // that went, in all versions
	Backups []string // names of backups of this record in which the person may still be; PruneBackups removes those that it reaches
}

// ErasePerson takes a person out of every version of a dataset that is kept, for the
// reason in by, and removes the bytes of before. The person is known to rewrite
// alone. What other datasets hold, with the same bytes too, is theirs.
func (s *Store) ErasePerson(ctx context.Context, by By, id string, rewrite Rewrite) (ErasedPerson, error) {
	const tries = 3 // versions that come in meanwhile are looked at in another round
	seen := map[int64]bool{}
	left := map[int64]registry.Rewritten{}
	var done ErasedPerson
	var d registry.Dataset
	for range tries {
		if err := s.mayErase(ctx, by, id, &d); err != nil {
			return done, err
		}
		for _, v := range d.Versions {
			if seen[v.Number] || !v.Kept() {
				continue
			}
			w, err := rewrite(ctx, v)
			if err != nil {
				return done, err
			}
			seen[v.Number], left[v.Number] = true, w
		}
		e, err := s.onDataset(ctx, by, id, "erase-person", func(a acting, now registry.Dataset) (registry.Change, error) {
			for _, v := range now.Versions {
				if v.Kept() && !seen[v.Number] {
					return registry.Change{}, errUnseen
				}
			}
			return now.ErasePerson(left, registry.HandOf(a.by.Actor, a.Now()), a.by.Why)
		})
		if errors.Is(err, errUnseen) {
			continue
		}
		if err != nil {
			return done, err
		}
		return s.erased(ctx, e)
	}
	return done, problem.New("erase-busy", "name", d.Name)
}

var errUnseen = errors.New("a version has come in meanwhile")

// likePseudonym is the form of a pseudonym (internal/intake/identity).
var likePseudonym = regexp.MustCompile("[a-p]{32}")

// mayErase refuses what would be refused later, before any row is read.
func (s *Store) mayErase(ctx context.Context, by By, id string, into *registry.Dataset) error {
	if err := registry.CheckReason(registry.Clean(by.Why)); err != nil {
		return err
	}
	if likePseudonym.MatchString(by.Why) { // the log keeps the reason, and not of whom
		return problem.New("erase-reason", "field", "why")
	}
	return s.View(ctx, func(r *Reader) error {
		d, err := need("dataset-unknown", id, func() (registry.Dataset, bool, error) { return DatasetOf(r, id) })
		if err != nil {
			return err
		}
		*into = d
		who, err := Who(r, by.Actor.User, s.Now())
		if err != nil {
			return err
		}
		place, err := placeIn(r, d.Region, d.Owner)
		if err != nil {
			return err
		}
		return who.MayCommand(datasetKind, "erase-person", place, "")
	})
}

// erased removes the bytes of versions that an event has erased and says what came
// of it.
func (s *Store) erased(ctx context.Context, e event.Event) (ErasedPerson, error) {
	done := ErasedPerson{Event: e}
	after, err := Read[registry.Dataset](e.After)
	if err != nil {
		return done, err
	}
	for _, v := range after.Versions {
		if v.Erased != nil && v.Erased.Cause == registry.PersonErased && v.Erased.At.Equal(e.At) {
			done.Erased, done.Made, done.Rows = append(done.Erased, v.Number), append(done.Made, v.Erased.Replacement), done.Rows+v.Erased.Rows
		}
	}
	if err := s.RemoveErased(ctx); err != nil {
		return done, err
	}
	err = s.View(ctx, func(r *Reader) error {
		tainted, err := taintedBackups(r)
		for _, b := range tainted {
			done.Backups = append(done.Backups, b.File)
		}
		return err
	})
	return done, err
}

// ExpireVersions erases the versions of all datasets whose retention is over.
func (s *Store) ExpireVersions(ctx context.Context) error {
	today := registry.DayOf(s.Now())
	var over []string
	err := s.View(ctx, func(r *Reader) error {
		all, err := entries[registry.Dataset](r, datasets, "ORDER BY id")
		for _, d := range all {
			if len(d.Expired(today)) > 0 {
				over = append(over, d.ID)
			}
		}
		return err
	})
	for _, id := range over {
		_, failed := s.Do(ctx, Command{Actor: itself, Object: event.Object{Kind: datasetKind, ID: id}, Seen: Whatever, Decide: func(tx *Tx) (Change, error) {
			d, err := need("dataset-unknown", id, func() (registry.Dataset, bool, error) { return DatasetOf(tx, id) })
			if err != nil {
				return Change{}, err
			}
			if len(d.Expired(registry.DayOf(tx.Now()))) == 0 {
				return Change{}, errNothing // another process has done it
			}
			c, err := d.Expire(tx.Now())
			return Change(c), err
		}})
		if !errors.Is(failed, errNothing) {
			err = errors.Join(err, failed)
		}
	}
	return errors.Join(err, s.RemoveErased(ctx))
}

func (a acting) dataset(id string) (registry.Dataset, error) {
	return need("dataset-unknown", id, func() (registry.Dataset, bool, error) { return DatasetOf(a, id) })
}

func (s *Store) onDataset(ctx context.Context, by By, id, command string, decide func(acting, registry.Dataset) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: datasetKind, ID: id}, func(a acting) (registry.Change, error) {
		d, err := a.dataset(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(datasetKind, command, d.Region, d.Owner); err != nil {
			return registry.Change{}, err
		}
		return decide(a, d)
	})
}
