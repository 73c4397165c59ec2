package geojson_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/geojson"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

func open(f source.File) (source.Reader, error) {
	r, err := geojson.Open(context.Background(), f)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func read(text string) (rows, said string) {
	r, err := open(sourcetest.Bytes([]byte(text)))
	var lines []string
	if err == nil {
		var all [][]string
		if all, err = sourcetest.Rows(r); err == nil {
			for _, row := range all {
				lines = append(lines, strings.Join(row, "|"))
			}
			return strings.Join(lines, "\n"), codes(r.Cautions())
		}
	}
	return "", codes(problem.Of(err))
}

func codes(list problem.List) string {
	var all []string
	for _, p := range list {
		all = append(all, strings.TrimPrefix(p.Code, "geojson-"))
	}
	return strings.Join(all, " ")
}

// collection wraps features.
func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func at(geometry string) string {
	return `{"type":"Feature","properties":{"nama":"x"},"geometry":` + geometry + `}`
}

const (
	point  = `{"type":"Point","coordinates":[111.1,-8.2]}`
	square = `{"type":"Polygon","coordinates":[[[111,-8],[112,-8],[112,-7],[111,-8]]]}`
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, text, rows, said string }{
		{"properties of every kind", collection(
			`{"type":"Feature","id":"3501","properties":{"code":"3501","luas":1.5,"kota":false,"n":3,"lain":{"a":1}},"geometry":`+point+`}`,
			`{"type":"Feature","id":"3579","properties":{"n":4,"kota":true,"baru":"<b>y</b>"},"geometry":null}`),
			`id|code|luas|kota|n|lain|baru|geometry` + "\n3501|3501|1.5|0|3|{\"a\":1}|.|" + point + "\n3579|.|.|1|4|.|y|.", "grid-html"},
		{"members in another order", `{"bbox":[1,2],"features":[` + at(square) + `],"name":"x","type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}}`,
			"nama|geometry\nx|" + square, ""},
		{"a mark at the start", "\ufeff" + collection(at(point)), "nama|geometry\nx|" + point, ""},
		{"words that are notes elsewhere", collection(`{"type":"Feature","properties":{"Sumber":"Sumber: BPS","b":null,"c":null},"geometry":null}`,
			`{"type":"Feature","properties":{"Sumber":"Indonesia"},"geometry":null}`), "Sumber|b|c|geometry\nSumber: BPS|.|.|.\nIndonesia|.|.|.", "grid-column-without-values grid-column-without-values grid-column-without-values"},
		{"a property named as the geometry", collection(`{"type":"Feature","properties":{"geometry":"g","id":1},"geometry":` + point + `}`), "geometry|id|geometry (2)\ng|1|" + point, "grid-title-twice grid-code-stored"},
		{"several shapes", collection(at(`{"type":"GeometryCollection","geometries":[`+point+`,`+square+`]}`), at(`{"type":"MultiPolygon","coordinates":[[[[111,-8],[112,-8],[112,-7],[111,-8]]]]}`),
			at(`{"type":"MultiLineString","coordinates":[[[111,-8],[112,-8,5]]]}`)),
			"nama|geometry\nx|" + `{"type":"GeometryCollection","geometries":[` + point + `,` + square + `]}` + "\nx|" + `{"type":"MultiPolygon","coordinates":[[[[111,-8],[112,-8],[112,-7],[111,-8]]]]}` + "\nx|" + `{"type":"MultiLineString","coordinates":[[[111,-8],[112,-8,5]]]}`, ""},
		{"geometries that are none", collection(at(`{"type":"Polygon","coordinates":[[[111,-8],[112,-8],[112,-7],[111,-7]]]}`), at(`{"type":"Point","coordinates":[-8.2,111.1]}`),
			at(`{"type":"Point","coordinates":[638000,9100000]}`), at(`{"type":"Circle","coordinates":[1,2]}`), at(`{"type":"Polygon","coordinates":[]}`), at(`"x"`), at(`{"type":"Point","coordinates":[1]}`)),
			"nama|geometry\nx|geojson-ring\nx|geojson-swapped\nx|geojson-off\nx|geojson-geometry\nx|geojson-geometry\nx|geojson-geometry\nx|geojson-geometry", ""},
		{"nothing", "", "", "magic"},
		{"a table", "a,b\n1,2\n", "", "magic"},
		{"one feature", at(point), "", "magic"},
		{"TopoJSON", `{"type":"Topology","objects":{}}`, "", "topology"},
		{"no features", collection(), "", "empty"},
		{"another system", `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32749"}},"features":[` + at(point) + `]}`, "", "crs"},
		{"cut", `{"type":"FeatureCollection","features":[` + at(point) + `,{"type":"Fea`, "", "cut"},
		{"cut between features", `{"type":"FeatureCollection","features":[` + at(point), "", "cut"},
		{"damaged", `{"type":"FeatureCollection","features":[` + at(point) + `;]}`, "", "damaged"},
		{"no feature", collection(at(point), point), "", "feature"},
		{"properties that are none", collection(`{"type":"Feature","properties":[1],"geometry":null}`), "", "feature"},
	} {
		rows, said := read(c.text)
		if rows != c.rows || said != c.said {
			t.Errorf("%s:\n%s\n[%s]\nwant\n%s\n[%s]", c.name, rows, said, c.rows, c.said)
		}
		sourcetest.Sound(t, open, sourcetest.Bytes([]byte(c.text)))
	}
}

// TestEastJava: the boundaries that another program simplified: 38 regions,
// each found by its code and by its name.
func TestEastJava(t *testing.T) {
	testenv.Need(t, "east-java")
	b, err := os.ReadFile(testenv.EastJava("boundaries.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := open(sourcetest.Bytes(b))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sourcetest.Rows(r)
	if err != nil || len(rows) != 39 || strings.Join(rows[0], "|") != "id|code|name|geometry" {
		t.Fatal(err, len(rows), rows[0])
	}
	for _, row := range rows[1:] {
		if one, ok := registry.MatchRegion(row[2], row[1]).One(); !ok || one.Code != row[0] || !strings.HasPrefix(row[3], `{"type":"MultiPolygon"`) {
			t.Error(row[:3], one)
		}
	}
}

// TestLongFeature: a feature that would fill the memory is refused.
func TestLongFeature(t *testing.T) {
	f := &sourcetest.Repeated{Head: []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[`), Part: []byte(strings.Repeat("1,", 512<<10)), Times: 70}
	if _, err := open(f); codes(problem.Of(err)) != "long" {
		t.Error(err)
	}
}

func TestCut(t *testing.T) {
	b := []byte(collection(at(point), at(square)))
	sourcetest.Cut(t, open, b, nil)
	sourcetest.Flip(t, open, b)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(collection(at(point), at(square))))
	f.Add([]byte(`{"crs":null,"features":[{"type":"Feature","id":1,"properties":{"a":true,"b":[1],"c":"\u0041"},"geometry":{"type":"GeometryCollection","geometries":[` + point + `]}}],"type":"FeatureCollection"}`))
	f.Fuzz(func(t *testing.T, b []byte) { sourcetest.Sound(t, open, sourcetest.Bytes(b)) })
}

func TestMemoryDoesNotGrow(t *testing.T) {
	many := func(n int64) source.File {
		return &sourcetest.Repeated{Head: []byte(`{"type":"FeatureCollection","features":[` + at(square)), Part: []byte("," + at(square)), Times: n, Tail: []byte("]}")}
	}
	sourcetest.Flat(t, open, many(500), many(20_000))
}
