"""S3 Batch Operations as far as backfill asks: requests are held to the model of the API, jobs do what a test says."""

import csv
import hashlib
import io
import json
from urllib.parse import quote, unquote

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

_MODEL = botocore.session.get_session().get_service_model("s3control")


def _validated(operation, request):
    report = ParamValidator().validate(request, _MODEL.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()


class Control:
    """A client of S3 Control whose jobs take a few looks.

    Args:
        store: where manifests are read and reports written.
        fails: returns S3's code for a key that fails, or None.
        looks: how often a job is seen at work before it is over.
    """

    def __init__(self, store, fails=lambda key: None, looks=2):
        self._store, self._fails, self._looks = store, fails, looks
        self.requests, self.jobs = [], {}

    def create_job(self, **request):
        _validated("CreateJob", request)
        self.requests.append(request)
        for job in self.jobs.values():
            if job["token"] == request["ClientRequestToken"]:
                return {"JobId": job["JobId"]}
        number = f"00000000-0000-4000-8000-{len(self.jobs):012}"
        keys = self.manifest(request) if "Manifest" in request else []
        self.jobs[number] = {
            "JobId": number,
            "Description": request["Description"],
            "Status": "New",
            "token": request["ClientRequestToken"],
            "keys": keys,
            "report": request["Report"],
            "looks": 0,
        }
        return {"JobId": number}

    def manifest(self, request):
        """Return the keys of a request's manifest, once its ETag is the object's."""
        location = request["Manifest"]["Location"]
        bucket, _, key = location["ObjectArn"].removeprefix("arn:aws:s3:::").partition("/")
        content = self._store.objects[bucket, key]
        assert location["ETag"] == hashlib.md5(content).hexdigest()
        return [unquote(row[1]) for row in csv.reader(io.StringIO(content.decode()))]

    def list_jobs(self, **request):
        _validated("ListJobs", request)
        jobs = list(self.jobs.values())
        at = int(request.get("NextToken", 0))
        more = {"NextToken": str(at + 1)} if at + 1 < len(jobs) else {}
        return {"Jobs": jobs[at : at + 1], **more}

    def describe_job(self, **request):
        _validated("DescribeJob", request)
        job = self.jobs.get(request["JobId"])
        if job is None:
            raise ClientError({"Error": {"Code": "NoSuchJob", "Message": "gone"}}, "DescribeJob")
        job["looks"] += 1
        if job["Status"] in ("New", "Active"):
            job["Status"] = "Active" if job["looks"] <= self._looks else "Complete"
        failed = [(key, code) for key in job["keys"] if (code := self._fails(key))]
        if job["Status"] == "Complete":
            self._report(job, failed)
        done = len(job["keys"]) if job["Status"] == "Complete" else len(job["keys"]) // 2
        summary = {
            "TotalNumberOfTasks": len(job["keys"]),
            "NumberOfTasksSucceeded": done - min(done, len(failed)),
            "NumberOfTasksFailed": min(done, len(failed)),
            "Timers": {"ElapsedTimeInActiveSeconds": 10 * job["looks"]},
        }
        return {"Job": {**job, "ProgressSummary": summary}}

    def _report(self, job, failed):
        bucket = job["report"]["Bucket"].removeprefix("arn:aws:s3:::")
        base = f"{job['report']['Prefix']}/job-{job['JobId']}"
        rows = io.StringIO()
        csv.writer(rows).writerows(["source", quote(key), "v1", "failed", "400", code, "why"] for key, code in failed)
        results = [
            {"TaskExecutionStatus": "failed", "Bucket": bucket, "MD5Checksum": "", "Key": f"{base}/results/1.csv"}
        ]
        manifest = {"Format": "Report_CSV_20180820", "ReportCreationDate": "", "Results": results}
        self._store.put_object(bucket, f"{base}/results/1.csv", rows.getvalue().encode())
        self._store.put_object(bucket, f"{base}/manifest.json", json.dumps(manifest).encode())
