/** Where a repository of rules is reviewed. */
export const ciHosts = ["github", "gitlab"] as const;
export type CiHost = (typeof ciHosts)[number];

/** The file that makes each change of rules checked, tested, planned and commented on, and where it goes. */
export function ciFile(host: CiHost): string {
  return host === "github" ? github : gitlab;
}

/**
 * A pull request from a fork has a token that may only read: then the comment is left out, and the plan is in the job's
 * summary and beside the lines. The comment is found again by its first line, so that there is one, however often it runs.
 */
const github = `# What a change to the rules will do, on every pull request. Put it into .github/workflows/heed.yml.
# It needs heed in the repository's package.json (npm install --save-dev heed), and the rules in rules/.
name: heed
on:
  pull_request:
    paths: ["rules/**", "package-lock.json", ".github/workflows/heed.yml"]
permissions:
  contents: read
  pull-requests: write
concurrency:
  group: heed-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  rules:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # the plan compares with what the branch began from
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 20
          cache: npm
      - run: npm ci --ignore-scripts
      - name: Check
        run: npx --no-install heed check rules --format github
      - name: Test
        run: npx --no-install heed test rules --format github
      - name: Plan
        # With recorded events it also says how many messages come and go: add
        #   --events month.ndjson --since 28d --full
        # Such a file is about people: keep it where the job can fetch it, and not in git.
        run: >
          npx --no-install heed plan rules --base "$BASE" --format github
          --out plan.json --markdown plan.markdown --fail-on error
        env:
          BASE: \${{ github.event.pull_request.base.sha }}
      - name: Summary
        if: \${{ !cancelled() }}
        run: |
          if [ -f plan.markdown ]; then cat plan.markdown >> "$GITHUB_STEP_SUMMARY"; fi
      - name: Comment
        if: \${{ !cancelled() && github.event.pull_request.head.repo.full_name == github.repository }}
        run: |
          if [ ! -f plan.markdown ]; then exit 0; fi
          comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
          id=$(gh api --paginate "$comments" --jq '.[] | select(.user.type == "Bot" and (.body | startswith("<!-- heed-plan:rules -->"))) | .id' | head -n 1)
          if [ -n "$id" ]; then
            gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@plan.markdown --silent
          else
            gh api --method POST "$comments" -F body=@plan.markdown --silent
          fi
        env:
          GH_TOKEN: \${{ github.token }}
          NUMBER: \${{ github.event.pull_request.number }}
      - uses: actions/upload-artifact@v4
        if: \${{ !cancelled() }}
        with:
          name: heed-plan
          path: plan.json
          if-no-files-found: ignore
`;

const gitlab = `# What a change to the rules will do, on every merge request. Put it into .gitlab-ci.yml, or include it there.
# It needs heed in the repository's package.json (npm install --save-dev heed), and the rules in rules/.
heed:
  image: node:20
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      changes: ["rules/**/*", "package-lock.json"]
  variables:
    GIT_DEPTH: "0" # the plan compares with what the branch began from
  script:
    - npm ci --ignore-scripts
    - npx --no-install heed check rules --format junit > heed-check.xml
    - npx --no-install heed test rules --format junit > heed-test.xml
    - >
      npx --no-install heed plan rules --base "$CI_MERGE_REQUEST_DIFF_BASE_SHA"
      --out plan.json --markdown plan.markdown --fail-on error
  after_script:
    # A token with the scope api, as the masked variable HEED_GITLAB_TOKEN: without it, as in a fork, the plan is an artifact only.
    - |
      if [ -z "$HEED_GITLAB_TOKEN" ] || [ ! -f plan.markdown ]; then exit 0; fi
      node --input-type=module -e '
        import { readFileSync } from "node:fs";
        const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, HEED_GITLAB_TOKEN } = process.env;
        const notes = CI_API_V4_URL + "/projects/" + CI_PROJECT_ID + "/merge_requests/" + CI_MERGE_REQUEST_IID + "/notes";
        const headers = { "PRIVATE-TOKEN": HEED_GITLAB_TOKEN, "content-type": "application/json" };
        const body = readFileSync("plan.markdown", "utf8");
        const found = await (await fetch(notes + "?per_page=100", { headers })).json();
        const old = found.find((note) => note.body.startsWith("<!-- heed-plan:rules -->"));
        const url = old === undefined ? notes : notes + "/" + old.id;
        const answer = await fetch(url, { method: old === undefined ? "POST" : "PUT", headers, body: JSON.stringify({ body }) });
        if (!answer.ok) throw new Error("GitLab answered " + answer.status);
      '
  artifacts:
    when: always
    paths: [plan.json, plan.markdown]
    reports:
      junit: [heed-check.xml, heed-test.xml]
`;
