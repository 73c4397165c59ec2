package web

import (
	"slices"
	"strconv"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// offersDataset hides the commands that no version is for.
func offersDataset(c *call, o object, command string) bool {
	x := o.value.(dataset)
	switch command {
	case "accept-version":
		return slices.ContainsFunc(x.offers, func(v store.VersionOffer) bool { return v.Accept })
	case "withdraw-version":
		return slices.ContainsFunc(x.offers, func(v store.VersionOffer) bool { return v.Withdraw })
	case "erase-person":
		return c.o.Held != nil && slices.ContainsFunc(x.Versions, registry.DatasetVersion.Kept)
	}
	return true
}

// settlesDataset settles the commands on versions, for which the second person may be
// of another office; false for those that the table of rights settles alone.
func settlesDataset(c *call, o object, command string) bool {
	switch command {
	case "accept-version", "withdraw-version":
		return c.who.Viewer == "" && offersDataset(c, o, command)
	}
	return false
}

func datasetCommands() []command {
	return []command{
		{path: "terima", name: "accept-version", fields: versionFields("accept-version"), do: onVersion("accept-version")},
		{path: "tarik-versi", name: "withdraw-version", why: true, danger: true, fields: versionFields("withdraw-version"), do: onVersion("withdraw-version")},
		{path: "tarik", name: "withdraw", why: true, danger: true, do: func(c *call, _ *values, by store.By, o object) (then, error) {
			_, err := c.o.Store.WithdrawDataset(c.ctx(), by, o.ID)
			return then{}, err
		}},
		{path: "hapus-orang", name: "erase-person", why: true, danger: true, fields: eraseFields, do: erasePerson},
	}
}

// eraseFields ask for the number by which a person is found. It is in the request
// alone: no draft keeps it, and a form that comes back is without it.
func eraseFields(c *call, _ *store.Reader, _ object) ([]field, error) {
	var kinds []option
	for _, k := range identity.Kinds {
		if k == identity.NIK || k == identity.KK || k == identity.Member {
			kinds = append(kinds, option{string(k), c.words("identity.kind." + string(k))})
		}
	}
	return []field{c.field("erase_kind", "select", options(kinds), required), c.field("erase_number", "secret", required)}, nil
}

func erasePerson(c *call, v *values, by store.By, o object) (then, error) {
	ring, err := c.o.Held()
	if err != nil {
		return then{}, err
	}
	who, err := ring.PersonOf(identity.Kind(v.text("erase_kind")), v.text("erase_number"))
	if v.add("erase_number", err); err != nil {
		return then{}, v.err()
	}
	done, err := c.o.Store.ErasePerson(c.ctx(), by, o.ID, intake.Eraser(c.o.Store.Contents(), who))
	if err != nil {
		return then{}, err
	}
	s := sheet{Heading: c.t("erase.done", "rows", done.Rows, "versions", len(done.Erased)), Title: c.t("command.dataset.erase-person"), Section: "data"}
	var lines []string
	if made := slices.DeleteFunc(slices.Clone(done.Made), func(n int64) bool { return n == 0 }); len(made) > 0 {
		lines = append(lines, c.t("erase.made", "numbers", made))
	}
	if len(done.Backups) > 0 {
		lines = append(lines, c.t("erase.backups", "files", done.Backups))
	}
	s.Blocks = []block{{Lines: lines}, {Actions: []action{{Text: c.t("erase.open"), Link: c.link(nounPath["dataset"] + "/" + o.ID)}}}}
	return then{sheet: &s}, nil
}

// versionFields ask which version a command is for; what its first reader should know
// of it stands beside.
func versionFields(command string) func(*call, *store.Reader, object) ([]field, error) {
	return func(c *call, r *store.Reader, o object) ([]field, error) {
		x := o.value.(dataset)
		n := c.names(r)
		var all []option
		var fields []field
		var others []string
		for _, offer := range x.offers {
			if command == "withdraw-version" && !offer.Withdraw || command == "accept-version" && !offer.Accept {
				others = append(others, offer.Others...)
				continue
			}
			v := x.Versions[offer.Number-1]
			says := c.t("data.version.option", "number", v.Number, "rows", v.Rows, "rejected", v.Rejected, "file", v.File, "state", c.t("data.version."+string(v.State)))
			all = append(all, option{strconv.FormatInt(v.Number, 10), says})
			if command == "accept-version" {
				q, err := c.qualityOf(v, x.unseen)
				if err != nil {
					return nil, err
				}
				fields = append(fields, field{Name: "shown", Kind: "shown", Label: c.t("data.accept.look", "number", v.Number),
					Value: c.t("data.accept.says", "rows", v.Rows, "rejected", q.Rejected, "findings", len(q.Findings), "who", n.hand(v.Staged), "day", c.day(registry.DayOf(v.Staged.At))),
					Link:  c.link(c.versionPath(o.ID, "mutu", v.Number)), LinkWords: c.t("data.quality.rows")})
				if len(x.unseen.Columns) > 0 {
					fields = append(fields, field{Name: "unseen", Kind: "shown", Label: c.t("data.unseen.label"), Value: c.unseenWords(x.unseen) + " " + c.t("data.unseen.accept")})
				}
			}
		}
		if len(all) == 0 {
			slices.Sort(others)
			return nil, problem.New("data-no-version", "others", slices.Compact(others))
		}
		return append(fields, c.field("version", "select", c.choose(all))), n.err
	}
}

func onVersion(command string) func(*call, *values, store.By, object) (then, error) {
	return func(c *call, v *values, by store.By, o object) (then, error) {
		number, err := strconv.ParseInt(v.text("version"), 10, 64)
		if err != nil {
			v.add("version", problem.New("choose"))
			return then{}, v.err()
		}
		if command == "accept-version" {
			_, err = c.o.Store.AcceptDatasetVersion(c.ctx(), by, o.ID, number)
		} else {
			_, err = c.o.Store.WithdrawDatasetVersion(c.ctx(), by, o.ID, number)
		}
		return then{}, err
	}
}
