// The performance pages: charts that renew themselves, and profiles. Loaded there only.
import { showPerformance } from './livecharts.ts'
import { prepareProfile } from './profile.ts'

if (document.getElementById('performance-data')) showPerformance()
if (document.querySelector('[data-profile]')) prepareProfile()
