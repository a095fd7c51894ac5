// The page of `kaskad grid`: which matrix wins on this log, by how much, and what the log
// rewards. Called by the cli with the object that it also writes as grid.json.
//
// Keys read (every one may be missing; what depends on it is then left out):
//   kaskad, command, created, threads, seconds, variants, metric, confidence (of the intervals:
//   0.95) dataset{name,hash,users,items,events,time}
//   split{text,hash,warnings[],phases{NAME:{cut}},validation_cases,test_cases}
//   winner{name,kind: single|blend,knobs{},validation{metric:value},windows[],test{},
//          test_intervals{metric:[low,high]}}
//   leaderboard[]{rank,name,knobs{},validation{},interval[low,high],
//                 difference_to_winner{value,low,high}}          best first
//   baselines[]{name,validation{},windows[],interval,test{},test_intervals{},
//               winner_gain{metric:{value,low,high}}: of the winner over it on test, paired}
//   blend{gain{value,low,high},parts[]{name,weight},validation{},cross_fitted{},test{},test_intervals{}}
//   effects_around: the variant that paired effects are steps from
//   marginals[]{knob,sentence,values[]{value,best,median,variants,paired_effect{value,low,high}}}
//   segments[]{name,sentence,rows[]{segment,cases,share,METRIC{value,low,high}}}
//   advice[]{topic,verdict: helps|hurts|no difference found|unknown,advice,evidence}
//   trace[]{seconds,variants,best}
//   metric_definitions{metric:text}
// Rows of other kinds than the winner's are told apart by the knob "kind", else "direction".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// A whole HTML file. Throws Error when `grid` is no JSON object.
std::string grid_page(const nlohmann::json& grid);

}  // namespace kaskad
