package registry

import (
	"bytes"
	"embed" // the tables of known programmes
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// KnownProgramme is a programme that the program knows of itself, with the pages
// on which each fact of it stands: what a new record may begin with. Whoever owns
// it goes on from there.
type KnownProgramme struct {
	Code    string // of the tables: pkh, sembako, pkhplus, ...
	Extends string // code of the programme that it is a variant of; empty: none
	Programme
}

// The tables, with their sources.
//
//go:embed data/programmes.csv data/benefits.csv data/programme_notes.csv
var knownTables embed.FS

var knownProgrammes = sync.OnceValue(func() []KnownProgramme {
	read := func(name string) []map[string]string {
		text, err := knownTables.ReadFile("data/" + name)
		if err != nil {
			panic(err) // the file is embedded
		}
		r := csv.NewReader(bytes.NewReader(text))
		r.Comment = '#'
		rows, err := r.ReadAll()
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		var all []map[string]string
		for _, row := range rows[1:] {
			of := map[string]string{}
			for i, column := range rows[0] {
				of[column] = row[i]
			}
			all = append(all, of)
		}
		return all
	}
	list := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, "|")
	}
	number := func(s string) int {
		if s == "" {
			return 0
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			panic(fmt.Sprintf("known programmes: %v", err))
		}
		return n
	}
	var all []KnownProgramme
	at := map[string]int{}
	for _, r := range read("programmes.csv") {
		k := KnownProgramme{Code: r["code"], Extends: r["extends"], Programme: Programme{Names: Words{r["name_id"], r["name_en"]}, Level: Level(r["level"]), Kind: ProgrammeKind(r["kind"]), Counts: Counted(r["counts"]),
			Aliases: list(r["aliases"]), RunBy: r["run_by"], Target: Words{r["target_id"], r["target_en"]}, Rule: Words{r["rule_id"], r["rule_en"]},
			Period: Period{Day(r["from"]), Day(r["until"])}, Earlier: r["earlier"] == "yes", Where: list(r["where"]), Source: r["source"]}}
		for i := range number(r["stages"]) {
			k.Stages = append(k.Stages, Stage{Name: strconv.Itoa(i + 1)})
		}
		at[k.Code] = len(all)
		all = append(all, k)
	}
	for _, r := range read("benefits.csv") {
		b := Benefit{Part: Words{r["part_id"], r["part_en"]}, Unit: BenefitUnit(r["unit"]), Rule: Words{r["rule_id"], r["rule_en"]}, First: number(r["first"]), Last: number(r["last"]), Source: r["source"]}
		if r["amount"] != "" {
			amount := int64(number(r["amount"]))
			b.Amount = &amount
		}
		p := &all[at[r["code"]]]
		p.Benefits = append(p.Benefits, b)
	}
	for _, r := range read("programme_notes.csv") {
		p := &all[at[r["code"]]]
		p.Notes = append(p.Notes, Note{Year: number(r["year"]), Text: Words{r["text_id"], r["text_en"]}, Source: r["source"]})
	}
	return all
})

// KnownProgrammes are the programmes that the program knows of itself; a variant
// stands after the one that it is a variant of. They have no owner, id or region.
func KnownProgrammes() []KnownProgramme { return slices.Clone(knownProgrammes()) }

// Registered gives the entry of the register, among those of an owner, that a known
// programme would repeat: it goes by the same name.
func (k KnownProgramme) Registered(owner string, register []Programme) (Programme, bool) {
	for _, p := range register {
		if p.Owner == owner && (same(p.Names.ID, k.Names.ID) || same(p.Names.EN, k.Names.EN)) {
			return p, true
		}
	}
	return Programme{}, false
}
