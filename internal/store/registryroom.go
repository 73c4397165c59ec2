package store

import (
	"encoding/json"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// The kinds of objects of internal/registry.
const (
	organisationKind = "organisation"
	positionKind     = "position"
	settingKind      = "setting"
)

type organisationRow struct {
	ID     string                    `db:"id"`
	Kind   registry.OrganisationKind `db:"kind"`
	Office registry.Office           `db:"office"`
	Region string                    `db:"region"`
	From   registry.Day              `db:"from_day"`
	Until  registry.Day              `db:"until_day"`
}

type organisationNameRow struct {
	Organisation string       `db:"organisation"`
	From         registry.Day `db:"from_day"`
	Full         string       `db:"full_name"`
	Short        string       `db:"short_name"`
}

type settingRow struct {
	Organisation string          `db:"organisation"`
	Name         string          `db:"name"`
	Value        json.RawMessage `db:"value"`
}

type positionRow struct {
	ID           string       `db:"id"`
	Organisation string       `db:"organisation"`
	Region       string       `db:"region"`
	Title        string       `db:"title"`
	From         registry.Day `db:"from_day"`
	Until        registry.Day `db:"until_day"`
}

type holdingRow struct {
	ID            string         `db:"id"`
	Position      string         `db:"position"`
	Person        string         `db:"person"`
	Capacity      event.Capacity `db:"capacity"`
	From          registry.Day   `db:"from_day"`
	Until         registry.Day   `db:"until_day"`
	MandateNumber *string        `db:"mandate_number"` // nil: without mandate, as the next two
	MandateDate   *registry.Day  `db:"mandate_date"`
	MandateFile   *string        `db:"mandate_file"`
	AbsentFrom    *registry.Day  `db:"absent_from"` // nil: no Plh., as the next two
	AbsentUntil   *registry.Day  `db:"absent_until"`
	AbsentReason  *string        `db:"absent_reason"`
	Begun         time.Time      `db:"begun_at"`
	Ended         *time.Time     `db:"ended_at"`
	Last          registry.Day   `db:"last_day"`
}

var (
	organisations     = Projected[organisationRow]("organisations", "id")
	organisationNames = Projected[organisationNameRow]("organisation_names", "organisation", "from_day")
	settings          = Projected[settingRow]("settings", "organisation", "name")
	positions         = Projected[positionRow]("positions", "id")
	holdings          = Projected[holdingRow]("holdings", "id")
)

// registryRoom keeps organisations, their names and settings, positions and who
// holds them, and the calendar.
type registryRoom struct{}

// Types are the events of internal/registry. Events of holdings rest on the
// letters of the mandates, those of letterheads on the logo.
func (registryRoom) Types() []event.Type {
	letters := func(e event.Event) []string {
		p, err := Read[registry.Position](e.After)
		if err != nil {
			return nil
		}
		var files []string
		for _, h := range p.Holdings {
			if h.Mandate != nil {
				files = append(files, h.Mandate.File)
			}
		}
		return files
	}
	logo := func(e event.Event) []string {
		s, err := Read[registry.Setting](e.After)
		if err != nil || s.Letterhead == nil || s.Letterhead.Logo == "" {
			return nil
		}
		return []string{s.Letterhead.Logo}
	}
	return []event.Type{
		{Name: "organisation-registered", Object: organisationKind, Lifts: []event.Lift{nameOffice}},
		{Name: "organisation-renamed", Object: organisationKind, Lifts: []event.Lift{nameOffice}},
		{Name: "organisation-ended", Object: organisationKind, Lifts: []event.Lift{nameOffice}},
		// Version 2 may hold a letterhead in place of signing, version 3 a pattern of
		// numbers; what was written before reads the same.
		{Name: "setting-changed", Object: settingKind, Content: logo, Lifts: []event.Lift{same, same}},
		{Name: "calendar-changed", Object: calendarKind},
		{Name: "position-created", Object: positionKind},
		{Name: "position-ended", Object: positionKind, Content: letters},
		{Name: "holding-begun", Object: positionKind, Content: letters},
		{Name: "holding-ended", Object: positionKind, Content: letters},
	}
}

// same is the lift to a version that may hold more.
func same(before, after json.RawMessage) (json.RawMessage, json.RawMessage, error) {
	return before, after, nil
}

// nameOffice brings an organisation to version 2, which says what the organisation
// does; before, the record had social offices and centres of research alone.
func nameOffice(before, after json.RawMessage) (json.RawMessage, json.RawMessage, error) {
	var sides [2]json.RawMessage
	for i, side := range []json.RawMessage{before, after} {
		if side == nil {
			continue
		}
		var o map[string]any
		if err := json.Unmarshal(side, &o); err != nil {
			return nil, nil, err
		}
		kind, _ := o["kind"].(string)
		o["office"] = registry.OfficeOf(registry.OrganisationKind(kind))
		var err error
		if sides[i], err = event.Marshal(o); err != nil {
			return nil, nil, err
		}
	}
	return sides[0], sides[1], nil
}

// Tables are the room's.
func (registryRoom) Tables() []AnyTable {
	return []AnyTable{organisations, organisationNames, settings, positions, holdings, calendars}
}

// Apply writes the object's state as the event leaves it.
func (registryRoom) Apply(tx *Tx, e event.Event) error {
	switch e.Object.Kind {
	case organisationKind:
		o, err := Read[registry.Organisation](e.After)
		if err != nil {
			return err
		}
		if err := organisations.Put(tx, organisationRow{ID: o.ID, Kind: o.Kind, Office: o.Office, Region: o.Region, From: o.Period.From, Until: o.Period.Until}); err != nil {
			return err
		}
		for _, n := range o.Names {
			if err := organisationNames.Put(tx, organisationNameRow{Organisation: o.ID, From: n.From, Full: n.Full, Short: n.Short}); err != nil {
				return err
			}
		}
	case settingKind:
		s, err := Read[registry.Setting](e.After)
		if err != nil {
			return err
		}
		var of any = s.Signing
		switch {
		case s.Letterhead != nil:
			of = s.Letterhead
		case s.NumberPattern != nil:
			of = s.NumberPattern
		}
		value, err := event.Marshal(of)
		if err != nil {
			return err
		}
		return settings.Put(tx, settingRow{Organisation: s.Organisation, Name: s.Name, Value: value})
	case calendarKind:
		return calendars.Put(tx, calendarRow{ID: e.Object.ID, Value: e.After})
	case positionKind:
		p, err := Read[registry.Position](e.After)
		if err != nil {
			return err
		}
		of, _, err := organisations.Get(tx, p.Organisation)
		if err != nil {
			return err
		}
		if err := positions.Put(tx, positionRow{ID: p.ID, Organisation: p.Organisation, Region: of.Region, Title: p.Title, From: p.Period.From, Until: p.Period.Until}); err != nil {
			return err
		}
		for _, h := range p.Holdings {
			if err := holdings.Put(tx, rowOfHolding(p.ID, h)); err != nil {
				return err
			}
		}
	}
	return nil
}

func rowOfHolding(position string, h registry.Holding) holdingRow {
	row := holdingRow{ID: h.ID, Position: position, Person: h.User, Capacity: h.Capacity, From: h.Period.From, Until: h.Period.Until, Begun: h.Begun, Ended: h.Ended, Last: h.Last}
	if m := h.Mandate; m != nil {
		row.MandateNumber, row.MandateDate, row.MandateFile = &m.Number, &m.Date, &m.File
	}
	if a := h.Absence; a != nil {
		row.AbsentFrom, row.AbsentUntil, row.AbsentReason = &a.Period.From, &a.Period.Until, &a.Reason
	}
	return row
}

func (row holdingRow) holding() registry.Holding {
	h := registry.Holding{ID: row.ID, User: row.Person, Capacity: row.Capacity, Period: registry.Period{From: row.From, Until: row.Until}, Begun: row.Begun, Ended: row.Ended, Last: row.Last}
	if row.MandateNumber != nil && row.MandateDate != nil && row.MandateFile != nil {
		h.Mandate = &registry.Mandate{Number: *row.MandateNumber, Date: *row.MandateDate, File: *row.MandateFile}
	}
	if row.AbsentFrom != nil && row.AbsentUntil != nil && row.AbsentReason != nil {
		h.Absence = &registry.Absence{Period: registry.Period{From: *row.AbsentFrom, Until: *row.AbsentUntil}, Reason: *row.AbsentReason}
	}
	return h
}
