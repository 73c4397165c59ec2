package geojson

import (
	"encoding/json"

	"github.com/dampak/dampak/internal/problem"
)

// position is longitude, latitude and perhaps height.
type position []float64

// The box of Indonesia with its seas, in degrees.
const west, east, south, north = 94, 142, -12, 7

// check says what is wrong with a geometry; nil for nothing.
func check(raw []byte) *problem.Problem {
	var g struct {
		Type        string            `json:"type"`
		Coordinates json.RawMessage   `json:"coordinates"`
		Geometries  []json.RawMessage `json:"geometries"`
	}
	if json.Unmarshal(raw, &g) != nil {
		return problem.New("geojson-geometry", "found", "?")
	}
	var points []position
	var rings [][]position
	var ok bool
	switch g.Type {
	case "Point":
		points = make([]position, 1)
		ok = json.Unmarshal(g.Coordinates, &points[0]) == nil
	case "MultiPoint", "LineString":
		ok = json.Unmarshal(g.Coordinates, &points) == nil
	case "MultiLineString":
		var lines [][]position
		ok = json.Unmarshal(g.Coordinates, &lines) == nil
		for _, l := range lines {
			points = append(points, l...)
		}
	case "Polygon":
		ok = json.Unmarshal(g.Coordinates, &rings) == nil && len(rings) > 0
	case "MultiPolygon":
		var all [][][]position
		ok = json.Unmarshal(g.Coordinates, &all) == nil && len(all) > 0
		for _, p := range all {
			ok = ok && len(p) > 0
			rings = append(rings, p...)
		}
	case "GeometryCollection":
		for _, one := range g.Geometries {
			if p := check(one); p != nil {
				return p
			}
		}
		return nil
	default:
		ok = false
	}
	if !ok {
		return problem.New("geojson-geometry", "found", g.Type)
	}
	for _, r := range rings {
		if len(r) < 4 || !same(r[0], r[len(r)-1]) {
			return problem.New("geojson-ring", "found", len(r))
		}
		points = append(points, r...)
	}
	return placed(points, g.Type)
}

func same(a, b position) bool {
	return len(a) > 1 && len(b) > 1 && a[0] == b[0] && a[1] == b[1]
}

// placed finds places off the earth, and those of Indonesia whose latitude
// stands first: nowhere else do the two boxes meet.
func placed(points []position, kind string) *problem.Problem {
	for _, p := range points {
		if len(p) < 2 {
			return problem.New("geojson-geometry", "found", kind)
		}
		if p[0] >= south && p[0] <= north && p[1] >= west && p[1] <= east {
			return problem.New("geojson-swapped", "first", p[0], "second", p[1])
		}
		if p[0] < -180 || p[0] > 180 || p[1] < -90 || p[1] > 90 {
			return problem.New("geojson-off", "first", p[0], "second", p[1])
		}
	}
	return nil
}
